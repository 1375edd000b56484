"""Numbers for pairs of (external subscription id, code), looked up once a process."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

Pair = tuple[str, str]
MAX_KEPT = 500_000
_kept: dict[Pair, int] = {}


def ids(pairs: Iterable[Pair]) -> Mapping[Pair, int]:
    """
    Return the numbers of (at least) these streams, making those that are new.

    A new stream is harmless if the events that asked for it are refused.
    """
    global _kept  # noqa: PLW0603 - replaced as a whole, since other threads may be reading the old one
    kept, wanted = _kept, set(pairs)
    missing = sorted(pair for pair in wanted if pair not in kept)
    if not missing:
        return kept
    found = _find_or_make(missing)
    if connection.in_atomic_block:  # what is rolled back must not be remembered
        return {pair: kept[pair] for pair in wanted - found.keys()} | found
    if len(kept) + len(found) > MAX_KEPT:
        _kept = {pair: kept[pair] for pair in wanted - found.keys()} | found
        return _kept
    kept.update(found)
    return kept


def numbers(pairs: Sequence[Pair]) -> list[int]:
    """Return the number of each of these streams, making those that are new."""
    found = [*map(_kept.get, pairs)]
    if None in found:
        known = ids(pairs)
        return [known[pair] for pair in pairs]
    return found  # type: ignore[return-value]


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
