"""Times are read as Django reads them."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection

pytestmark = pytest.mark.django_db


def read(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-29 12:30:00.000007+00", datetime(2024, 2, 29, 12, 30, 0, 7, tzinfo=UTC)),
        ("2024-07-01T00:00:00.5+02:00", datetime(2024, 6, 30, 22, 0, 0, 500_000, tzinfo=UTC)),
        ("0044-03-15 00:00:00+00", datetime(44, 3, 15, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_utc(text, moment):
    found = read(text)

    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize("text", ["infinity", "0044-03-15 00:00:00+00 BC", "20000-01-01 00:00:00+00"])
def test_a_time_that_python_has_not_is_refused_as_ever(text):
    with pytest.raises(DataError):
        read(text)


def test_a_connection_in_another_zone_is_read_right():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Asia/Tokyo'")
        cursor.execute("SELECT '2024-07-01 00:00:00+00'::timestamptz")
        assert cursor.fetchone()[0] == datetime(2024, 7, 1, tzinfo=UTC)
