"""
Fees that were paid while they stood alone, gathered on an invoice when a period or the subscription ends.

The invoice is born final and paid. Its sums are those of the fees' own figures: nothing is computed again (rule M28).
"""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from billing_site.core.money import exact
from billing_site.core.periods import Period, local_date
from customers.selectors import preferences
from invoicing.calculations.issuing_dates import DateTerms, dates_when_billed
from invoicing.documents import parties
from invoicing.models import Fee, Invoice, InvoiceSubscription, InvoiceTax
from invoicing.selectors.due import Due
from invoicing.services import composition
from invoicing.services.composition import InvoiceDraft
from plans.calculations.schedules import Kind
from plans.selectors.billing_entities import entity_of

ONE_CENT_RATE = Decimal("0.00001")


def compose(dues: Sequence[Due], *, now: datetime) -> list[InvoiceDraft]:
    """Return an invoice for each customer and currency that has such fees, of the subscriptions (or those before)."""
    ended = [due for due in dues if due.act.parts.get(Kind.USAGE)]
    drafts = []
    for (customer, currency), fees in _paid_fees(ended).items():
        mine = [due for due in ended if due.subscription.customer_id == customer]
        mine = [due for due in mine if due.subscription.plan.amount_currency == currency]
        # What was paid after the period waits for the end of the next.
        in_time = [fee for fee in fees if mine and fee.succeeded_at and fee.succeeded_at < _end(mine)]
        if in_time:
            drafts.append(_draft(mine, in_time, now))
    return drafts


def _end(dues: Iterable[Due]) -> datetime:
    return max(due.act.parts[Kind.USAGE].time.end for due in dues)


def _paid_fees(dues: Iterable[Due]) -> dict[tuple[int, str], list[Fee]]:
    names = {due.subscription.external_id for due in dues}
    customers = {due.subscription.customer_id for due in dues}
    rows = Fee.objects.filter(
        invoice=None,
        deleted_at=None,
        payment_status=Fee.PaymentStatus.SUCCEEDED,
        charge__regroup_paid_fees="invoice",
        customer__any_of=customers,
        subscription__external_id__any_of=names,
    )
    found: dict[tuple[int, str], list[Fee]] = {}
    for fee in rows.prefetch_related("taxes__tax").order_by("pk").select_for_update(of=("self",)) if names else ():
        found.setdefault((fee.customer_id, fee.currency), []).append(fee)
    return found


def _draft(dues: list[Due], fees: list[Fee], now: datetime) -> InvoiceDraft:
    subscription = dues[0].subscription
    terms = preferences.terms(subscription.customer, entity_of(subscription))
    dates = dates_when_billed(local_date(now, terms.timezone), DateTerms(0, terms.net_payment_term), is_recurring=False)
    invoice = composition.blank(subscription, terms, dates, _operation_key(dues), now)
    invoice.invoice_type = Invoice.Type.ADVANCE_CHARGES
    invoice.status, invoice.finalized_at = Invoice.Status.FINALIZED, now
    invoice.payment_status = Invoice.PaymentStatus.SUCCEEDED
    parties.keep(invoice)
    _sum_up(invoice, fees)
    draft = InvoiceDraft(invoice, terms, dues, gathered=fees)
    draft.taxes = _taxes(invoice, fees, now)
    draft.subscriptions = [_boundaries(due, invoice) for due in dues]
    return draft


def _sum_up(invoice: Invoice, fees: Iterable[Fee]) -> None:
    fees = list(fees)
    net = sum(fee.amount_cents for fee in fees)
    taxes = sum(fee.taxes_amount_cents for fee in fees)
    invoice.fees_amount_cents = invoice.sub_total_excluding_taxes_amount_cents = net
    invoice.taxes_amount_cents, invoice.taxes_rate = taxes, _rate(taxes, net)
    invoice.sub_total_including_taxes_amount_cents = invoice.total_amount_cents = net + taxes
    invoice.total_paid_amount_cents = net + taxes


@exact
def _rate(taxes_cents: int, net_cents: int) -> Decimal:
    return (Decimal(100 * taxes_cents) / net_cents).quantize(ONE_CENT_RATE) if net_cents else Decimal(0)


def _taxes(invoice: Invoice, fees: Iterable[Fee], now: datetime) -> list[InvoiceTax]:
    """Return a row for each tax: the sums of the fees' rows."""
    rows: dict[tuple[int | None, str, Decimal], InvoiceTax] = {}
    for fee in fees:
        for tax in fee.taxes.all():
            row = rows.setdefault(
                (tax.tax_id, tax.code, tax.rate),
                InvoiceTax(
                    lago_id=uuid.uuid4(), invoice=invoice, tax=tax.tax, code=tax.code, name=tax.name,
                    description=tax.description, rate=tax.rate, amount_cents=0, fees_amount_cents=0, created_at=now,
                ),
            )  # fmt: skip
            row.amount_cents += tax.amount_cents
            row.fees_amount_cents += fee.amount_cents
    return list(rows.values())


def _boundaries(due: Due, invoice: Invoice) -> InvoiceSubscription:
    time = due.act.time(Kind.USAGE)
    assert isinstance(time, Period)
    return InvoiceSubscription(
        invoice=invoice,
        subscription=due.subscription,
        invoicing_reason="in_advance_charge_periodic",
        billed_at=due.act.at,
        from_at=time.start,
        to_at=time.end,
        charges_from_at=time.start,
        charges_to_at=time.end,
    )


def _operation_key(dues: Iterable[Due]) -> str:
    acts = ",".join(f"{due.subscription.pk}@{due.act.at.timestamp():.6f}" for due in dues)
    return f"advance_charges:{hashlib.sha256(acts.encode()).hexdigest()}"
