"""
What metrics want done with events of a code as they come in: a property computed, or the floors above told.

Asked anew for each request, in one prepared statement: a metric made just before must not be missed.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from billing_site.core import prepared

# Also what `ingestion` asks within its statement for a single event.
IS_SPECIAL = "deleted_at IS NULL AND (is_paid_at_once OR (expression <> '' AND field_name <> ''))"
_QUERY = f"""
    SELECT code, id, is_paid_at_once, field_name, CASE WHEN field_name <> '' THEN expression ELSE '' END
    FROM metering_billablemetric WHERE code = ANY(%s) AND {IS_SPECIAL}
"""  # noqa: S608


class Rule(NamedTuple):
    """What is done with events of a metric; an empty expression computes nothing."""

    metric_id: int
    is_told: bool
    property: str
    expression: str


Rules = Mapping[str, Rule]


# Codes that had a rule when last looked at. What stays here too long is looked up once more, for nothing.
_special: set[str] = set()


def is_special(code: str) -> bool:
    """Test if a code has probably a rule: then a single event need not be tried without."""
    return code in _special


def remember(code: str) -> None:
    """Keep in this process that a code has a rule."""
    _special.add(code)


def find(codes: Collection[str]) -> Rules:
    """Return the rules of these codes; most have none."""
    with prepared.run(_QUERY, [list(codes)]) as cursor:
        return {code: Rule(*rule) for code, *rule in cursor.fetchall()}
