"""
The parts of the system that pip does not bring: looked for, and installed with apt-get where that is allowed.

`python3 -m billing_site.bootstrap [environment | run | test]`; the standard library alone, for it runs before
anything is installed. What cannot be installed is named with its command, and the rest goes on without it.
"""

import contextlib
import ctypes
import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

_ATTEMPTS = 3
_PAUSE_SECONDS = 10


@dataclass(frozen=True)
class Part:
    """A Debian package, how to see that it is there, and what is missed without it."""

    package: str
    is_present: Callable[[], bool]
    without: str


def _library(name: str) -> Callable[[], bool]:
    def is_present() -> bool:
        with contextlib.suppress(OSError):
            ctypes.CDLL(f"lib{name}.so.0")
            return True
        return ctypes.util.find_library(name) is not None

    return is_present


def _command(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _module(name: str) -> Callable[[], bool]:
    return lambda: importlib.util.find_spec(name) is not None


def _file(path: str) -> Callable[[], bool]:
    return lambda: os.path.exists(path)


_CHINESE_FONT = "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"
_ENVIRONMENT = [
    Part("python3-venv", _module("ensurepip"), "no virtual environment can be made"),
]
_RUN = [
    *_ENVIRONMENT,
    Part("libpango-1.0-0", _library("pango-1.0"), "invoices have no PDF"),
    Part("libpangoft2-1.0-0", _library("pangoft2-1.0"), "invoices have no PDF"),
    Part("fonts-droid-fallback", _file(_CHINESE_FONT), "Chinese and Korean names are printed as boxes"),
    Part("libharfbuzz-subset0", _library("harfbuzz-subset"), "PDFs take several times as long"),
]
_TEST = [
    *_RUN,
    Part("chromium", _command("chromium", "chromium-browser", "google-chrome"), "no tests of the pages in a browser"),
    Part("nodejs", _command("node", "nodejs"), "no tests that need node"),
    Part("npm", _command("npm"), "no tests of the JavaScript client"),
    Part("poppler-utils", _command("pdftotext"), "no tests that look at PDF pages"),
]
PURPOSES = {"environment": _ENVIRONMENT, "run": _RUN, "test": _TEST}


def missing(purpose: str) -> list[Part]:
    """Return the parts that `purpose` (a key of PURPOSES) needs and this machine does not have."""
    return [part for part in PURPOSES[purpose] if not part.is_present()]


def _as_root() -> list[str] | None:
    """Return what to put before a command so that it runs as root without asking; None where that is not allowed."""
    if os.geteuid() == 0:
        return []
    allowed = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    return ["sudo", "-n"] if allowed else None


def _apt(prefix: list[str], *arguments: str) -> bool:
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    # Another apt may hold the lock for a while, as on a machine that has just started.
    command += ["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3", *arguments]
    finished = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if finished.returncode:
        sys.stderr.write(finished.stdout[-2000:])
    return finished.returncode == 0


def _install(packages: list[str]) -> None:
    prefix = _as_root()
    if prefix is None or not shutil.which("apt-get"):
        return
    sys.stderr.write(f"Installing {' '.join(packages)} ...\n")
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        # The lists of packages may be stale or locked and the packages still be had.
        _apt(prefix, "update")
        if _apt(prefix, "install", "--no-install-recommends", *packages):
            return


def main(purpose: str) -> int:
    """Install what `purpose` lacks and name what is still missing; 0 unless no environment can be made."""
    lacking = missing(purpose)
    if lacking:
        _install([part.package for part in lacking])
        lacking = missing(purpose)
    if lacking:
        for part in lacking:
            sys.stderr.write(f"{part.package} is missing: {part.without}.\n")
        sys.stderr.write(f"To install: sudo apt-get install {' '.join(part.package for part in lacking)}\n")
    return 1 if any(part in _ENVIRONMENT for part in lacking) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
