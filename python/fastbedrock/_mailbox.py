"""Waking event loops: what runs in the loop's thread once the runtime has rung a mailbox's bell.

In Python because tasks go on from here: a daemon thread that was in a task's code below a frame of
the Rust core when the interpreter ends would abort the process.
"""

from __future__ import annotations

import threading
import weakref
from contextvars import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from fastbedrock._core import Mailbox


def watch(loop: AbstractEventLoop, mailbox: Mailbox, outer: int | None, inner: int | None) -> None:
    """Have the loop look at the mailbox whenever one of its bells is rung.

    ``outer`` and ``inner`` are the descriptors of their pipes; None where no loop of this system
    watches pipes.
    """
    if outer is None or inner is None:
        _watch_from_thread(loop, mailbox)
        return
    try:
        # In contexts of their own: the loop would keep that of whoever happened to wait first.
        Context().run(loop.add_reader, outer, drain, mailbox, loop)
    except NotImplementedError:  # Windows' Proactor
        _watch_from_thread(loop, mailbox)
    else:
        Context().run(loop.add_reader, inner, mailbox.drain_soon)


def drain(mailbox: Mailbox, loop: AbstractEventLoop) -> None:
    """Have the tasks of all entries go on: what the loop calls when the outer bell was rung.

    Raises what ends the loop, such as KeyboardInterrupt.
    """
    # Whoever debugs is told by the loop's Handles which task takes long. Where nest_asyncio was,
    # loops inside tasks may have called for this more than once, and whoever comes too late would
    # complain.
    if loop.get_debug() or hasattr(loop, "_nest_patched"):
        mailbox.drain_soon()
        return
    try:
        tasks = mailbox.begin()
        for _ in range(tasks):
            for context, function, waiter in mailbox.next(tasks):
                context.run(function, waiter)
    finally:
        mailbox.end()


def _watch_from_thread(loop: AbstractEventLoop, mailbox: Mailbox) -> None:
    """Have the loop deliver the mailbox whenever its bell rings, until the loop is gone."""
    weakref.finalize(loop, mailbox.close)
    reference = weakref.ref(loop)

    def wait() -> None:
        while mailbox.wait():
            loop = reference()
            if loop is None:
                return
            try:
                loop.call_soon_threadsafe(mailbox.deliver)
            except RuntimeError:  # the loop is closed
                mailbox.close()
                return
            del loop

    threading.Thread(target=wait, name="fastbedrock-mailbox", daemon=True).start()
