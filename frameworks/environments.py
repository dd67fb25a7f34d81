"""An environment for each package, made once and kept until its requirements change."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from pathlib import Path

PACKAGES = Path(__file__).parent / "packages"


def names(name: str) -> list[str]:
    """The packages whose versions the table shows: those of the requirements."""
    lines = (PACKAGES / f"{name}.txt").read_text().splitlines()
    found = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines)
    return [match.group() for match in found if match]


def prepare(name: str, folder: Path, *, newest: bool) -> Path:
    """The interpreter of the package's environment, with its requirements installed."""
    requirements = (PACKAGES / f"{name}.txt").read_text()
    if newest:
        requirements = re.sub(r"==\S+", "", requirements)
    home = (folder / (f"{name}-newest" if newest else name)).absolute()
    installed = home / "installed.txt"
    python = home / "bin" / "python"
    if not newest and installed.is_file() and installed.read_text() == requirements:
        return python
    venv.create(home, with_pip=True, clear=True)
    wanted = home / "wanted.txt"
    wanted.write_text(requirements)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted],
        check=True,
        stdout=sys.stderr,
    )
    installed.write_text(requirements)
    return python
