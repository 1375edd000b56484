"""The real site behind a real port, in a thread: for clients, browsers and whatever else speaks HTTP."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test.testcases import LiveServerThread


class _LeavesOpen(ThreadedWSGIServer):
    """A server whose threads do not close the connection that they share with the test."""

    def _close_connections(self) -> None:
        pass


class _SharingThread(LiveServerThread):
    server_class = _LeavesOpen


@contextlib.contextmanager
def serving(*, shares_connection: bool = False) -> Iterator[str]:
    """
    Serve the site on a free port, on the database that the default connection points to, and give its address.

    With `shares_connection` it works on the very connection of the test, and so within what the test rolls back.
    """
    with _shared() if shares_connection else contextlib.nullcontext() as shared:
        kind = _SharingThread if shared else LiveServerThread
        thread = kind("127.0.0.1", StaticFilesHandler, connections_override=shared)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        try:
            yield f"http://127.0.0.1:{thread.port}"
        finally:
            thread.terminate()


@contextlib.contextmanager
def _shared() -> Iterator[dict[str, Any]]:
    connection: Any = connections["default"]
    connection.inc_thread_sharing()
    # After each request Django closes a connection that is within a transaction, as if somebody had forgotten it.
    connection.close_if_unusable_or_obsolete = lambda: None
    try:
        yield {"default": connection}
    finally:
        del connection.close_if_unusable_or_obsolete
        connection.dec_thread_sharing()
