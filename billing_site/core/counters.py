"""Numbers without gaps: taken last in a transaction, given back when it rolls back (reliability L8)."""

from collections.abc import Mapping

from django.db import connection


def take(series: str, count: int = 1) -> int:
    """Return the first of `count` consecutive new numbers of the series; its row stays locked until commit."""
    return take_many({series: count})[series]


def take_many(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the first of the new numbers for each series, taking them in one statement, series in order."""
    if not counts:
        return {}
    series = sorted(counts)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_counter AS c (series, latest)"
            " SELECT s, n FROM unnest(%s::text[], %s::bigint[]) WITH ORDINALITY AS t(s, n, o) ORDER BY o"
            " ON CONFLICT (series) DO UPDATE SET latest = c.latest + excluded.latest RETURNING series, latest",
            [series, [counts[name] for name in series]],
        )
        return {name: latest - counts[name] + 1 for name, latest in cursor.fetchall()}
