"""The real site behind a real port, in a thread: for clients, browsers and whatever else speaks HTTP."""

import contextlib
from collections.abc import Iterator

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Serve the site on a free port, on the database that the default connection points to, and give its address."""
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    try:
        yield f"http://127.0.0.1:{thread.port}"
    finally:
        thread.terminate()
