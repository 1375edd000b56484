"""When a delivery is tried again, and when an endpoint is left alone."""

from datetime import timedelta

GIVE_UP_AFTER = timedelta(days=3)
# The pauses after the first, second … attempt (those of Standard Webhooks), up to a day short of giving up.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
SPREAD_PERCENT = 20
FAILURES_TO_PAUSE = 5
LONGEST_QUIET = timedelta(hours=1)


def pause(attempts: int, seed: int) -> timedelta:
    """Return how long to wait after so many attempts; spread by the seed, so that not all come back at once."""
    whole = PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
    return whole - whole * (seed * 7919 % (SPREAD_PERCENT + 1)) / 100


def quiet(failures: int) -> timedelta:
    """Return how long an endpoint with so many failures in a row is not called; nothing before the fifth."""
    beyond = failures - FAILURES_TO_PAUSE
    return timedelta() if beyond < 0 else min(timedelta(seconds=30) * 2 ** min(beyond, 10), LONGEST_QUIET)
