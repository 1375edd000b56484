"""One-off invoices: add-ons sold by themselves, final at once, without coupons, credits or wallets (table 1.12)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from billing_site.core import money
from billing_site.core.errors import NotFound, invalid
from billing_site.core.periods import MOMENT, local_date
from customers.models import BillingEntity, Customer, InvoiceCustomSection, Tax
from customers.selectors import custom_sections, payment_methods, preferences, taxes
from invoicing.calculations.issuing_dates import DateTerms, dates_when_billed
from invoicing.documents import parties
from invoicing.models import Fee, Invoice
from invoicing.services import composition, settlement, writing
from invoicing.services.composition import InvoiceDraft
from invoicing.services.fees import FeeDraft
from plans.models import AddOn

LARGEST_CENTS = 10**15


@dataclass(frozen=True, slots=True)
class OneOff:
    """What an invoice says of itself; what is not given, currency, entity and printed texts, is the customer's."""

    currency: str = ""
    purchase_order_number: str = ""
    entity: BillingEntity | None = None
    custom_sections: Sequence[InvoiceCustomSection] | None = None
    payment_method: payment_methods.Reference | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What is sold: so many units of an add-on, at its price or another (minor units), for a time (ends inclusive)."""

    add_on_code: str
    units: Decimal = Decimal(1)
    unit_amount_cents: int | None = None
    description: str = ""
    invoice_display_name: str = ""
    from_datetime: datetime | None = None
    to_datetime: datetime | None = None
    tax_codes: Sequence[str] = field(default_factory=tuple)


@transaction.atomic
def create(customer: Customer, terms: OneOff, lines: Sequence[Line], *, now: datetime) -> Invoice:
    """
    Sell a customer add-ons, and return the final invoice.

    :raises NotFound: if there are no lines, or an add-on or a tax is unknown
    :raises Invalid: if the currency is unknown or not the customer's, a time has but one end, or the customer has not
        stored the payment method
    """
    Customer.objects.lock(customer.pk)
    customer = Customer.objects.select_related("billing_entity").get(pk=customer.pk)
    if not lines:
        raise NotFound("fees")
    invoice = _invoice(customer, terms, _currency(customer, terms.currency), now)
    draft = InvoiceDraft(invoice, preferences.terms(customer, invoice.billing_entity), [])
    draft.fees = _fees(lines, invoice, now)
    settlement.total(draft, now=now)
    writing.write([draft], [], now=now)
    return invoice


def _currency(customer: Customer, asked: str) -> str:
    if asked and customer.currency and asked != customer.currency:
        raise invalid("currency", "currencies_does_not_match", "The customer is billed in another currency.")
    if not asked and not customer.currency:
        raise invalid("currency", "value_is_mandatory")
    if not customer.currency:
        Customer.objects.filter(pk=customer.pk).update(currency=asked)
    return asked or customer.currency


def _invoice(customer: Customer, asked: OneOff, currency: str, now: datetime) -> Invoice:
    entity = asked.entity or customer.billing_entity
    terms = preferences.terms(customer, entity)
    today = local_date(now, terms.timezone)
    dates = dates_when_billed(today, DateTerms(0, terms.net_payment_term), is_recurring=False)
    invoice = composition.blank_for(customer, entity, terms, dates, f"one_off:{uuid.uuid4()}", now)
    payment_methods.check(customer.pk, asked.payment_method)
    invoice.currency, invoice.payment_method = currency, asked.payment_method
    invoice.invoice_type, invoice.purchase_order_number = Invoice.Type.ONE_OFF, asked.purchase_order_number
    invoice.status, invoice.finalized_at = Invoice.Status.FINALIZED, now
    parties.keep(invoice)
    if asked.custom_sections is not None:
        invoice.custom_sections = custom_sections.copies(asked.custom_sections)
    return invoice


def _fees(lines: Sequence[Line], invoice: Invoice, now: datetime) -> list[FeeDraft]:
    rows = AddOn.objects.live().filter(code__in={line.add_on_code for line in lines}).prefetch_related("taxes")
    add_ons = {add_on.code: add_on for add_on in rows}
    codes = [code for line in lines for code in line.tax_codes]
    named = {tax.code: tax for tax in taxes.by_codes(codes)} if codes else {}
    fees = []
    for line in lines:
        if (add_on := add_ons.get(line.add_on_code)) is None:
            raise NotFound("add_on")
        explicit = [named[code] for code in dict.fromkeys(line.tax_codes)]
        fees.append(FeeDraft(_fee(line, add_on, invoice, now), explicit or _taxes(add_on, invoice)))
    return fees


def _taxes(add_on: AddOn, invoice: Invoice) -> list[Tax]:
    levels = (add_on, invoice.customer, invoice.billing_entity)
    return taxes.first_applicable(*([tax for tax in level.taxes.all() if not tax.deleted_at] for level in levels))


@money.exact
def _fee(line: Line, add_on: AddOn, invoice: Invoice, now: datetime) -> Fee:
    if (line.from_datetime is None) != (line.to_datetime is None):
        raise invalid("boundaries", "values_are_invalid")
    if line.from_datetime and line.to_datetime and line.from_datetime > line.to_datetime:
        raise invalid("boundaries", "values_are_invalid")
    unit_cents = add_on.amount_cents if line.unit_amount_cents is None else line.unit_amount_cents
    precise_cents = unit_cents * line.units
    if precise_cents > LARGEST_CENTS:
        raise invalid("units", "value_is_out_of_range")
    return Fee(
        lago_id=uuid.uuid4(),
        invoice=invoice,
        customer=invoice.customer,
        add_on=add_on,
        fee_type=Fee.Type.ADD_ON,
        item_code=add_on.code,
        item_name=add_on.name,
        invoice_display_name=line.invoice_display_name or add_on.invoice_display_name,
        description=line.description or add_on.description,
        currency=invoice.currency,
        units=line.units,
        total_aggregated_units=line.units,
        precise_unit_amount=money.to_amount(unit_cents, invoice.currency),
        amount_cents=money.round_half_up(precise_cents),
        precise_amount_cents=precise_cents,
        from_at=line.from_datetime or now,
        to_at=(line.to_datetime or now) + MOMENT,
        created_at=now,
        updated_at=now,
    )
