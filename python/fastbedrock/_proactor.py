"""Waking event loops that cannot watch a pipe (Windows' Proactor): one thread for each."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from fastbedrock._core import Mailbox


def watch_from_thread(loop: AbstractEventLoop, mailbox: Mailbox) -> None:
    """Have the loop deliver the mailbox whenever its bell rings, until the loop is gone."""
    weakref.finalize(loop, mailbox.close)
    reference = weakref.ref(loop)

    def watch() -> None:
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

    threading.Thread(target=watch, name="fastbedrock-mailbox", daemon=True).start()
