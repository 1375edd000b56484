"""What is due, priced: read for all dues at once, so that a chunk costs the same number of queries as one customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from invoicing.models import Fee
from invoicing.selectors.committed_fees import billed_in
from invoicing.selectors.due import Chunk, Due
from invoicing.selectors.fixed_fees import Paid, paid_before_change
from invoicing.services.fees import usage_lines
from invoicing.services.fees.usage_lines import RatedDues
from plans.calculations.schedules import STARTING, Kind
from plans.selectors.fixed_rating import FixedRequest, RatedFixedCharge, rate_fixed


@dataclass(frozen=True, slots=True)
class Rated:
    """
    Usage by subscription key and kind, fixed charges by subscription key.

    `paid` is what earlier subscriptions have paid in advance, `billed` what was billed of a commitment's time before.
    """

    usage: RatedDues = field(default_factory=dict)
    fixed: Mapping[int, Sequence[RatedFixedCharge]] = field(default_factory=dict)
    paid: Paid = field(default_factory=dict)
    billed: Mapping[int, Sequence[Fee]] = field(default_factory=dict)


def rate_dues(dues: Sequence[Due], chunk: Chunk) -> Rated:
    """Return what the dues come to."""
    usage = usage_lines.rate_dues(dues, chunk)
    fixed = rate_fixed(request for due in dues for request in _fixed_requests(due, chunk))
    changed = [
        (due.subscription, part.time)
        for due in dues
        if due.act.reason == STARTING and (part := due.act.parts.get(Kind.FIXED_IN_ADVANCE))
    ]
    committed = [(due.subscription, part.time) for due in dues if (part := due.act.parts.get(Kind.COMMITMENT))]
    return Rated(usage, fixed, paid_before_change(changed), billed_in(committed))


def _fixed_requests(due: Due, chunk: Chunk) -> list[FixedRequest]:
    found = chunk.fixed_charges.get(due.subscription.plan_id, ())
    in_advance = [item for item in found if item.pay_in_advance]
    in_arrears = [item for item in found if not item.pay_in_advance]
    by_kind = ((Kind.FIXED_IN_ARREARS, in_arrears), (Kind.FIXED_IN_ADVANCE, in_advance))
    return [FixedRequest(due.subscription, items, part) for kind, items in by_kind if (part := due.act.parts.get(kind))]
