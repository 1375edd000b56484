"""What is asked about usage, and the shape of an answer."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from billing_site.core import arrays
from billing_site.core.periods import MOMENT, days_between, local_date, local_midnight
from metering.models import BillableMetric
from metering.selectors.statements import Kind

ZERO = Decimal(0)
CARRYING = frozenset({"sum_agg", "unique_count_agg", "weighted_sum_agg", "custom_agg"})
# Before the first event that intake accepts.
BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class MetricTerms:
    """What of a billable metric decides its units."""

    code: str
    aggregation_type: str
    field_name: str = ""
    rounding_function: str = ""
    rounding_precision: int | None = None
    recurring: bool = False
    custom_aggregator: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, metric: BillableMetric) -> "MetricTerms":
        """Return the terms of a metric."""
        return cls(
            code=metric.code,
            aggregation_type=metric.aggregation_type,
            field_name=metric.field_name,
            rounding_function=metric.rounding_function,
            rounding_precision=metric.rounding_precision,
            recurring=metric.recurring,
            custom_aggregator=metric.custom_aggregator,
        )

    @property
    def carries_over(self) -> bool:
        """Say whether what was used before a period counts in it too."""
        return self.recurring and self.aggregation_type in CARRYING


class UsageQuery(msgspec.Struct, frozen=True):
    """
    A question: the units of [start, end). `key` is the asker's own, to find the answer by.

    An event is looked at if, for each key of `matching`, its property is one of the values, and if it does not so match
    any of `excluding` (what narrower filters of a charge take for themselves).

    Where days or seconds weigh, `period_days` are the days of the full period, of which [start, end) may be a part, and
    `zone` says when a day begins. Units count up to the day of `last_moment`, without it the last of [start, end);
    `carried_days` are those on which units of a recurring metric that were there before count, without it all of them.

    `in_advance` asks for what is paid for at once: the highest running total, since a decrease gives nothing back
    (M57). With `event`, the id of one, only what came in before it is looked at besides, and the answer says what the
    event itself is to be paid for.
    """

    key: Hashable
    external_subscription_id: str
    metric: MetricTerms
    start: datetime
    end: datetime
    group_keys: tuple[str, ...] = ()
    with_values: bool = False  # also each event's own quantity, in order
    matching: Mapping[str, tuple[str, ...]] = {}
    excluding: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    prorated: bool = False
    zone: str = "UTC"
    period_days: int | None = None
    last_moment: datetime | None = None
    carried_days: int | None = None
    custom_properties: Mapping[str, Any] = {}  # what a custom charge says for its metric
    in_advance: bool = False
    event: int | None = None

    @property
    def kind(self) -> Kind:
        """Return what decides the statement that answers it."""
        in_advance = self.in_advance or self.event is not None
        return Kind(self.metric.aggregation_type, self.with_values, self.prorated and not in_advance, in_advance)

    @property
    def since(self) -> datetime:
        """Return from when on events matter."""
        return BEGINNING if self.metric.carries_over else self.start

    @property
    def full_days(self) -> int:
        """Return the days of the full period; those of the time asked for where nothing else was said."""
        return self.period_days or days_between(self.start, self.end, self.zone) or 1

    def nothing(self) -> "Usage":
        """Return the answer where there are no events."""
        is_custom = self.metric.aggregation_type == "custom_agg"
        return Usage(full_units=ZERO if self.prorated else None, amount=ZERO if is_custom else None)


class Usage(msgspec.Struct, frozen=True):
    """
    An answer: rounded units; events that counted; prices sent along, in minor units.

    Where units are prorated, `full_units` are those before that, and `prorated_values` the prorated quantities beside
    the full `event_values`, in order, with all that was carried over as the first. `total_units` are what is there in
    the end (of a weighted sum its last level, of usage in advance the total below its peak). `event_units` are what the
    event asked about is to be paid for, never rounded; `event_full_units` those before proration; `event_added` what it
    changed the total by, to be paid for or not. `amount` and `event_amount` are what a custom aggregation makes, in
    major units.
    """

    units: Decimal = ZERO
    events_count: int = 0
    precise_total_amount_cents: Decimal = ZERO
    event_values: tuple[Decimal, ...] = ()
    grouped_by: dict[str, str] = {}
    full_units: Decimal | None = None
    prorated_values: tuple[Decimal, ...] = ()
    total_units: Decimal = ZERO
    event_units: Decimal | None = None
    event_full_units: Decimal | None = None
    event_added: Decimal | None = None
    amount: Decimal | None = None
    event_amount: Decimal | None = None

    @property
    def counted_units(self) -> Decimal:
        """Return the units that were used, before any proration by days."""
        return self.units if self.full_units is None else self.full_units


def parameters(questions: Sequence[tuple[int, UsageQuery, int]]) -> list[str]:
    """Return the arrays for the statements, a column each; a question comes with its number and its stream."""
    rows = [_parameters(number, query, stream) for number, query, stream in questions]
    return [arrays.literal(column) for column in zip(*rows, strict=True)]


def _parameters(number: int, query: UsageQuery, stream: int) -> tuple[Any, ...]:
    carried = query.carried_days
    if query.prorated and carried is None:
        carried = days_between(query.start, query.end, query.zone)
    return (
        number,
        stream,
        query.since,
        query.start,
        query.end,
        query.metric.field_name,
        query.group_keys or None,
        query.matching or None,
        query.excluding or None,
        _midnights(query.start, query.last_moment or query.end - MOMENT, query.zone) if query.prorated else "",
        carried,
        query.event,
    )


@lru_cache(maxsize=4096)
def _midnights(start: datetime, last_moment: datetime, zone: str) -> str:
    """Return where the local days from start on begin, as PostgreSQL writes an array of times."""
    first: date = local_date(start, zone)
    count = max((local_date(last_moment, zone) - first).days + 1, 0)
    return "{" + ",".join(local_midnight(first + timedelta(number), zone).isoformat() for number in range(count)) + "}"
