"""Run the Rust tests with the Python that runs this.

    python tools/rust_tests.py [arguments of cargo test]
    python tools/rust_tests.py fuzz [arguments of cargo fuzz]

The codec's tests embed an interpreter, so they need its libpython (Debian splits it off as
libpython3-dev). Where there is none, the other rooms' tests still run, and this says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def libpython() -> Path | None:
    """The library to link, if it is installed."""
    directory = Path(sysconfig.get_config_var("LIBDIR") or "")
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    for name in ("LDLIBRARY", "LIBRARY"):
        for place in (directory, directory / multiarch):
            library = place / (sysconfig.get_config_var(name) or "-")
            if library.is_file():
                return library
    return None


def main() -> int:
    library = libpython()
    arguments = sys.argv[1:]
    fuzzing = arguments[:1] == ["fuzz"]
    command = ["cargo"] if fuzzing else ["cargo", "test", "--quiet"]
    # Hides the user's AWS settings from the tests. Proxies stay, since cargo may need them.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment["AWS_CONFIG_FILE"] = environment["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    environment["no_proxy"] = ",".join(["127.0.0.1", *filter(None, [os.environ.get("no_proxy")])])
    if library is None:
        if fuzzing:
            sys.exit("no libpython: nothing to embed")
        print("no libpython: the Rust tests of codec and python do not run", file=sys.stderr)
        command += ["--no-default-features", "--features", "local"]
    else:
        for variable, directory in (
            ("LD_LIBRARY_PATH", library.parent),
            ("DYLD_LIBRARY_PATH", library.parent),
            ("PYTHONPATH", ROOT / "python"),
        ):
            path = [str(directory), *filter(None, [environment.get(variable)])]
            environment[variable] = os.pathsep.join(path)
        # An embedded interpreter finds its standard library by this variable, not by the venv.
        environment["PYTHONHOME"] = sys.base_prefix
        environment["PYO3_PYTHON"] = sys.executable
    return subprocess.run([*command, *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
