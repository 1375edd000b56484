"""An empty, migrated database on the embedded server of the benchmarks."""

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from billing_site.core.embedded_postgres.base import server


def make_empty() -> None:
    """Drop the database with all it holds (final invoices are frozen: nothing less empties it), and make it again."""
    connections.close_all()
    name = psycopg.sql.Identifier(settings.DATABASES["default"]["NAME"])
    with psycopg.connect(server().get_uri(), autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(name))
    call_command("migrate", verbosity=0)
