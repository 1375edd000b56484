"""
Databases for tests that must really commit: each is a copy of a template that holds the migrated, founded company.

The template is made once a session of a worker; a copy takes some 50 ms in memory, up to a second on a slow disk. While
a copy is in use the default connection points to it, and what a process remembers of a database is forgotten.
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import psycopg
from django.core.management import call_command
from django.db import connection

from billing_site.core import api_keys
from billing_site.core.api import authentication
from billing_site.core.embedded_postgres.base import server
from customers.services import organizations
from metering.services import partitions, streams

FOUNDED_AT = datetime(2015, 1, 1, tzinfo=UTC)
_numbers = count()
_keys: dict[str, str] = {}


@contextlib.contextmanager
def using(name: str) -> Iterator[None]:
    """Point the default connection to the database of this name."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    _forget()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        _forget()


@contextlib.contextmanager
def fresh() -> Iterator[str]:
    """Use a new copy of the template, and give the API key that is in it."""
    template = _template()
    with copy(template):
        yield _keys[template]


@contextlib.contextmanager
def copy(name: str) -> Iterator[None]:
    """Use a copy of a database that nobody is connected to."""
    copied = f"{name}_{next(_numbers)}"
    _admin(f'CREATE DATABASE "{copied}" TEMPLATE "{name}" STRATEGY FILE_COPY')
    try:
        with using(copied):
            yield
    finally:
        _admin(f'DROP DATABASE "{copied}" WITH (FORCE)')


def _template() -> str:
    """Return the template of this process, made at first."""
    name = f"template_{os.getpid()}"
    if name not in _keys:
        _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        _admin(f'CREATE DATABASE "{name}"')
        with using(name):
            call_command("migrate", verbosity=0)
            organizations.found(name="Acme", now=FOUNDED_AT)
            _, _keys[name] = api_keys.create(name="tests", now=FOUNDED_AT)
    return name


def drop_template() -> None:
    """Remove the template of this process."""
    for name in list(_keys):
        _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        del _keys[name]


def _forget() -> None:
    authentication.forget_keys()
    streams.forget()
    partitions.forget()


def _admin(statement: str) -> None:
    with psycopg.connect(server().get_uri(), autocommit=True) as admin:
        admin.execute(statement.encode())
