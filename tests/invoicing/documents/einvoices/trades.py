"""Invoices and credit notes in memory, summed up by the services' own calculations, to be put into e-invoices."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

from billing_site.core import money
from credits.calculations.coupons import CustomerCoupon, DiscountedFee, apply_coupons
from customers.calculations.taxes import TaxableFee, TaxRate, invoice_taxes
from customers.models import BillingEntity, Customer
from invoicing.calculations.credit_notes import CreditedFee, amounts
from invoicing.documents import parties
from invoicing.models import (
    CreditNote,
    CreditNoteItem,
    Fee,
    FeeTax,
    Invoice,
    InvoiceCredit,
    InvoiceTax,
)
from tests.invoicing.documents.invoices import BUYER, SELLER

NOW = datetime(2024, 4, 1, 3, tzinfo=UTC)
VAT = ("vat", "19", "")


def loaded(row, **related):
    """Return a row as if it came with its related rows from the database."""
    row._prefetched_objects_cache = related
    return row


def line(cents, *taxes, units="1", name="API calls", price=None, **fields):
    """Return a fee of so many minor units with taxes of (code, rate, why)."""
    return {"cents": cents, "taxes": taxes or (VAT,), "units": units, "name": name, "price": price, **fields}


def invoice_of(*lines, currency="EUR", off=(), paid=0, seller=None, buyer=None, **fields):
    """Return a final invoice; `off` are amounts of coupons, in the order in which they come off."""
    taxes = {}
    fees = [_fee(number, spec, currency, taxes) for number, spec in enumerate(lines, start=1)]
    credits = _discount(fees, off, currency)
    owed = invoice_taxes([_taxable(fee) for fee in fees])
    net = sum(fee.amount_cents for fee in fees) - sum(row.amount_cents for row in credits)
    entity, customer = BillingEntity(**SELLER), Customer(**BUYER)
    invoice = Invoice(
        pk=1, billing_entity=entity, customer=customer, number="BRI-2024-0001", currency=currency,
        timezone="Europe/Paris", issuing_date=date(2024, 4, 1),
        payment_due_date=date(2024, 4, 15), net_payment_term=14, status="finalized",
        seller=parties.seller(entity) | (seller or {}), buyer=parties.buyer(customer) | (buyer or {}),
        fees_amount_cents=sum(fee.amount_cents for fee in fees), coupons_amount_cents=sum(off),
        sub_total_excluding_taxes_amount_cents=net, taxes_amount_cents=owed.amount_cents,
        sub_total_including_taxes_amount_cents=net + owed.amount_cents, prepaid_credit_amount_cents=paid,
        total_amount_cents=net + owed.amount_cents - paid,
    )  # fmt: skip
    for name, value in fields.items():
        setattr(invoice, name, value)
    rows = [
        InvoiceTax(pk=number, code=row.tax.code, name=row.tax.name, rate=row.tax.rate, amount_cents=row.amount_cents,
                   fees_amount_cents=row.base_cents, **taxes[row.tax])
        for number, row in enumerate(owed.rows, start=1)
    ]  # fmt: skip
    return loaded(invoice, fees=fees, taxes=rows, credits=credits)


def note_of(invoice, *shares):
    """Return a note that gives back these shares (percent) of an invoice's fees, all of it onto the credit."""
    fees = invoice.fees.all()
    given = [Decimal(fee.amount_cents * share) / 100 for fee, share in zip(fees, shares, strict=True)]
    sums = amounts(
        [
            CreditedFee(fee.pk, fee.amount_cents, fee.precise_coupons_amount_cents, _rates(fee), part)
            for fee, part in zip(fees, given, strict=True)
        ]
    )
    taxes = money.round_half_up(sums.taxes_cents)
    note = CreditNote(
        pk=1, invoice=invoice, number=f"{invoice.number}-CN001", issuing_date=date(2024, 4, 9),
        currency=invoice.currency,
        sub_total_excluding_taxes_amount_cents=sums.sub_total_cents, taxes_amount_cents=taxes,
        total_amount_cents=sums.sub_total_cents + taxes, credit_amount_cents=sums.sub_total_cents + taxes,
        refund_amount_cents=0, offset_amount_cents=0,
    )  # fmt: skip
    items = [
        CreditNoteItem(pk=number, fee=fee, amount_cents=money.round_half_up(part), precise_amount_cents=part)
        for number, (fee, part) in enumerate(zip(fees, given, strict=True), start=1)
    ]
    return loaded(note, items=items)


def _fee(number, spec, currency, taxes):
    units, cents = Decimal(spec["units"]), spec["cents"]
    amount = money.to_amount(cents, currency)
    price = Decimal(spec["price"]) if spec["price"] is not None else amount / (units or 1)
    fee = Fee(
        pk=number, fee_type=Fee.Type.CHARGE, item_name=spec["name"], currency=currency, units=units,
        amount_cents=cents, precise_amount_cents=Decimal(cents), precise_unit_amount=round(price, 15),
        precise_coupons_amount_cents=Decimal(0), from_at=datetime(2024, 2, 29, 23, tzinfo=UTC),
        to_at=datetime(2024, 3, 31, 22, tzinfo=UTC), description=spec.get("description", ""),
    )  # fmt: skip
    rows = []
    for place, (code, rate, why, *category) in enumerate(spec["taxes"] if spec["taxes"] != ((),) else ()):
        tax = TaxRate(code, code, code.upper(), Decimal(rate))
        taxes[tax] = {"description": why} | ({"vat_category": category[0]} if category else {})
        rows.append(FeeTax(pk=place, code=code, name=tax.name, rate=tax.rate, description=why, lago_id=uuid.uuid4()))
    return loaded(fee, taxes=rows)


def _rates(fee):
    return tuple(TaxRate(row.code, row.code, row.name, row.rate) for row in fee.taxes.all())


def _taxable(fee):
    return TaxableFee(fee.amount_cents, fee.precise_amount_cents, _rates(fee), fee.precise_coupons_amount_cents)


def _discount(fees, off, currency):
    coupons = [CustomerCoupon(number, NOW, "once", amount_cents=cents, currency=currency, remaining_cents=cents)
               for number, cents in enumerate(off)]  # fmt: skip
    found = apply_coupons(coupons, [DiscountedFee(fee.pk, fee.amount_cents) for fee in fees], currency=currency)
    for fee, share in zip(fees, found.fees, strict=True):
        fee.precise_coupons_amount_cents = share.precise_coupons_cents
    return [InvoiceCredit(name=f"Coupon {use.key}", amount_cents=use.amount_cents) for use in found.uses]
