"""Statements that are parsed and planned once a connection, past Django's cursors, which never prepare any."""

import select
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


@contextmanager
def run(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> "Iterator[psycopg.Cursor[Any]]":
    """Execute a statement, and give the cursor that has its answer; errors are Django's."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    _have_connection(wrapper)
    with wrapper.wrap_database_errors, psycopg.Cursor(wrapper.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
        yield cursor


def _have_connection(wrapper: Any) -> None:
    """
    Have a connection that is alive, as far as can be seen without a way to the server and back.

    Django asks each request's first connection `SELECT 1`, half the time of storing one event. Where a server has gone
    away, there is something to be read though nothing was asked; only then it is asked.
    """
    if wrapper.connection is not None and not wrapper.health_check_done:
        if wrapper.connection.closed or _has_news(wrapper.connection):
            wrapper.close_if_health_check_failed()
        else:
            wrapper.health_check_done = True
    wrapper.ensure_connection()


def _has_news(raw: "psycopg.Connection[Any]") -> bool:
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    return bool(poll.poll(0))
