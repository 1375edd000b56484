import pytest
import time_machine
from django.db import connection

from tests.api.world import World
from tests.databases import fresh

# What a refused request may leave: when the key was last used, and numbers for streams (metering.services.streams).
LEFT_ALONE = ("core_apikey", "metering_eventstream")


@pytest.fixture(scope="module")
def world(django_db_blocker):
    """One world for all requests of a module: each request is rolled back."""
    with django_db_blocker.unblock(), fresh() as key, time_machine.travel("2024-03-05T12:12:00Z", tick=False):
        made = World(key)
        made.build()
        yield made


@pytest.fixture(scope="module")
def fingerprint(world):
    """Return a function that says in one number what the whole database holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND c.relnamespace = 'public'::regnamespace AND c.relname <> ALL(%s) ORDER BY 1",
            [list(LEFT_ALONE)],
        )
        tables = [name for (name,) in cursor.fetchall()]
    parts = [f'(SELECT coalesce(sum(hashtextextended(t::text, 0)), 0) FROM "{name}" t)' for name in tables]
    statement = f"SELECT ARRAY[{', '.join(parts)}]::numeric[]"

    def read():
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return dict(zip(tables, cursor.fetchone()[0], strict=True))

    return read
