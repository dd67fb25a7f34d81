"""Resumes the tasks that the runtime has woken, on their event loop's thread.

This is Python code because tasks resume below it. Green threads may switch a task's stack, and the
interpreter may end its thread: no frame of the Rust core should be on it.
"""

from __future__ import annotations

import threading
import weakref
from contextvars import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

    from fastbedrock._core import WakeUpReceiver


def watch(
    loop: AbstractEventLoop, receiver: WakeUpReceiver, pipe: int | None, nested_pipe: int | None
) -> None:
    """Have the loop resume tasks whenever one of the receiver's pipes is readable.

    ``pipe`` and ``nested_pipe`` are descriptors, or None on systems whose loops cannot watch pipes.
    """
    if pipe is None or nested_pipe is None:
        _watch_from_thread(loop, receiver)
        return
    done: Future[None] = loop.create_future()
    done.set_result(None)
    try:
        # In new contexts: otherwise the loop would keep the context of the first task that waits.
        Context().run(loop.add_reader, pipe, resume_tasks, receiver, loop, done)
    except NotImplementedError:  # Windows' Proactor
        _watch_from_thread(loop, receiver)
    else:
        Context().run(loop.add_reader, nested_pipe, receiver.resume_soon)


def resume_tasks(receiver: WakeUpReceiver, loop: AbstractEventLoop, done: Future[None]) -> None:
    """Resume the tasks of all woken slots: the loop's callback for the first pipe.

    ``done`` is a future of the loop without a value. Raises exceptions that end the loop, such as
    KeyboardInterrupt.
    """
    # In debug mode, the loop's Handles report tasks that take long. After nest_asyncio, loops
    # inside tasks may have queued this callback more than once, and a late call would fail.
    if loop.get_debug() or hasattr(loop, "_nest_patched"):
        receiver.resume_soon()
        return
    try:
        tasks = receiver.begin_round()
        for _ in range(tasks):
            callback = receiver.next_callback(tasks, done)
            if callback is not None:
                context, function, future = callback
                context.run(function, future)
    finally:
        receiver.end_round()


def _watch_from_thread(loop: AbstractEventLoop, receiver: WakeUpReceiver) -> None:
    """Start a thread that waits for wake-ups and has the loop resume tasks after each."""
    weakref.finalize(loop, receiver.close)
    reference = weakref.ref(loop)

    def wait() -> None:
        while receiver.wait():
            loop = reference()
            if loop is None:
                return
            try:
                loop.call_soon_threadsafe(receiver.deliver)
            except RuntimeError:  # the loop is closed
                receiver.close()
                return
            del loop

    threading.Thread(target=wait, name="fastbedrock-wake-up", daemon=True).start()
