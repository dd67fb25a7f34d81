"""Asks the user for the codes of MFA devices (``mfa_serial`` of a profile), as botocore does."""

from __future__ import annotations

import getpass
import os
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastbedrock._core import Engine

# If several threads need the same code, only one of them asks.
_asking = threading.Lock()


def ask(engine: Engine) -> None:
    """Ask on the terminal for the codes that the engine needs, and pass them to the engine.

    Called before each synchronous call of such an engine, on the call's thread.

    Raises InvalidConfigError if there is no terminal, and KeyboardInterrupt or EOFError if the user
    cancels.
    """
    with _asking:
        devices = engine.wanted_codes()
        if not devices:  # another thread has asked the user
            return
        if not _can_ask():
            from fastbedrock.exceptions import InvalidConfigError

            raise InvalidConfigError(
                error_msg=(
                    f"The profile wants a code of the MFA device {' and '.join(devices)} "
                    "(mfa_serial), and there is no terminal to ask for it."
                )
            )
        engine.give_codes([getpass.getpass(f"Enter MFA code for {name}: ") for name in devices])


def _can_ask() -> bool:
    # Jupyter and other programs replace getpass by a dialog.
    if getpass.getpass.__module__ != "getpass":
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return sys.stdin is not None and sys.stdin.isatty()
    return True
