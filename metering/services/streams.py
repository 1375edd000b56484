"""Numbers for pairs of (external subscription id, code), looked up once a process."""

from collections.abc import Iterable

from django.db import connection

Pair = tuple[str, str]
MAX_KEPT = 500_000
_kept: dict[Pair, int] = {}


def ids(pairs: Iterable[Pair]) -> dict[Pair, int]:
    """
    Return the number of each stream, making those that are new.

    A new stream is harmless if the events that asked for it are refused; so it may be kept before they commit.
    """
    wanted = set(pairs)
    missing = sorted(wanted - _kept.keys())
    if missing:
        if len(_kept) + len(missing) > MAX_KEPT:
            _kept.clear()
            missing = sorted(wanted)
        _kept.update(_find_or_make(missing))
    return {pair: _kept[pair] for pair in wanted}


def forget() -> None:
    """Empty the cache (the database is another one)."""
    _kept.clear()


def _find_or_make(pairs: list[Pair]) -> dict[Pair, int]:
    subscriptions, codes = [list(column) for column in zip(*pairs, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_eventstream (external_subscription_id, code)"
            " SELECT s, c FROM unnest(%s::text[], %s::text[]) AS t(s, c) ON CONFLICT DO NOTHING",
            [subscriptions, codes],
        )
        cursor.execute(
            "SELECT external_subscription_id, code, id FROM metering_eventstream"
            " JOIN unnest(%s::text[], %s::text[]) AS t(s, c) ON external_subscription_id = s AND code = c",
            [subscriptions, codes],
        )
        return {(subscription, code): stream for subscription, code, stream in cursor.fetchall()}
