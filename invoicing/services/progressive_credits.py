"""
Taking off an invoice what progressive invoices have billed of the same usage (rule M14): before coupons and taxes.

What was billed beyond the usage that there is now is left over: `credit_notes.excess` gives it back.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing_site.core import bulk
from invoicing.calculations.progressive import CoveredFee, shares
from invoicing.models import Fee, Invoice, ProgressiveCredit
from invoicing.selectors import progressive as selectors
from invoicing.selectors.progressive import Billed
from invoicing.services.fees import FeeDraft


@dataclass(frozen=True, slots=True)
class UsageOnInvoice:
    """The lines of an invoice (in memory) in which a subscription's usage since a moment is billed."""

    invoice: Invoice
    fees: Sequence[FeeDraft]
    subscription_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class TakenOff:
    """What was taken off an invoice (unsaved, none if nothing could be), and what was billed beyond its usage."""

    billed: Billed
    credit: ProgressiveCredit | None
    excess_cents: int

    @property
    def credit_cents(self) -> int:
        """Return what was taken off, in minor units."""
        return self.credit.amount_cents if self.credit else 0


def take_off(asked: Sequence[UsageOnInvoice], *, now: datetime) -> list[TakenOff | None]:
    """Take off the fees what was billed of them before, and return for each what that is; None where nothing was."""
    if not asked:
        return []
    billed = selectors.billed_before({item.subscription_id: item.since for item in asked})
    return [
        _take_off(item, billed[item.subscription_id], now) if item.subscription_id in billed else None for item in asked
    ]


def _take_off(item: UsageOnInvoice, billed: Billed, now: datetime) -> TakenOff:
    fees = [line.fee for line in item.fees if _is_covered(line.fee, item, billed)]
    cents = min(billed.to_credit_cents, sum(fee.amount_cents for fee in fees))
    taken = shares(cents, [CoveredFee(selectors.usage_key(fee), fee.amount_cents) for fee in fees], billed.lines)
    for fee, share in zip(fees, taken, strict=True):
        fee.precise_progressive_amount_cents = share
        fee.precise_coupons_amount_cents += share
    credit = None
    if cents:
        credit = bulk.new(
            ProgressiveCredit,
            lago_id=uuid.uuid4(),
            invoice=item.invoice,
            progressive_invoice=billed.invoice,
            amount_cents=cents,
            created_at=now,
        )
    return TakenOff(billed, credit, billed.to_credit_cents - cents)


def _is_covered(fee: Fee, item: UsageOnInvoice, billed: Billed) -> bool:
    is_usage = fee.fee_type == Fee.Type.CHARGE and fee.charge is not None and not fee.charge.pay_in_advance
    return is_usage and fee.subscription_id == item.subscription_id and selectors.root_charge(fee) in billed.charges
