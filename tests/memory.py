"""
A folder in memory for the tests' PostgreSQL.

Each database is some three hundred files; some disks take most of a second to make them, memory twenty milliseconds.
"""

import atexit
import contextlib
import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")
_NAME = "countinghouse-tests-"
_ROOM_BYTES = 4 * 1024**3


def server_folder(otherwise: Path) -> Path:
    """
    Return the folder of this test session, in memory if there is room; it goes when the session ends.

    Each worker has a server of its own: what reads events by transaction ids waits for the oldest transaction of the
    whole server, which would otherwise be another worker's test.
    """
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        return Path(os.environ["EMBEDDED_POSTGRES_DIR"]) / worker
    _remove_abandoned()
    if not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < _ROOM_BYTES:
        return otherwise
    folder = _MEMORY / f"{_NAME}{os.getpid()}"
    # Registered before the server's own, so it runs after the server has stopped.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _remove_abandoned() -> None:
    """Remove what killed sessions left; a server that still runs there stops when it misses its files."""
    for folder in _MEMORY.glob(f"{_NAME}*"):
        if not _is_alive(int(folder.name.removeprefix(_NAME))):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        with contextlib.suppress(PermissionError):
            os.kill(pid, 0)
        return True
    return False
