"""Invoices to be printed: rows of any look, without the months that would lead to them."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from billing_site.core import money
from credits.models import AppliedCoupon, Coupon
from customers.models import BillingEntity, Customer
from invoicing.documents import parties
from invoicing.models import Fee, FeeTax, Invoice, InvoiceCredit, InvoiceTax

NOW = datetime(2024, 4, 1, 3, tzinfo=UTC)
_numbers = count(1)
SELLER = {
    "name": "Brightwave",
    "legal_name": "Brightwave GmbH",
    "legal_number": "HRB 123456 B",
    "tax_identification_number": "DE123456788",
    "email": "billing@brightwave.example",
    "address_line1": "Torstraße 140",
    "zipcode": "10119",
    "city": "Berlin",
    "country": "DE",
    "payment_instructions": "Bank transfer to Brightwave GmbH\nIBAN DE02 1203 0000 0000 2020 51\nBIC BYLADEM1001",
    "invoice_footer": "Brightwave GmbH · Managing director: A. Example · Amtsgericht Charlottenburg",
}
BUYER = {
    "name": "Alderwood Analytics",
    "legal_name": "Alderwood Analytics Ltd",
    "tax_identification_number": "FR12345678901",
    "address_line1": "12 rue de la République",
    "zipcode": "69002",
    "city": "Lyon",
    "country": "FR",
}
TIERS = {
    "graduated_ranges": [
        {"from_value": 0, "to_value": 1000, "per_unit_amount": "0.0", "flat_unit_amount": "0.0", "units": "1000.0",
         "per_unit_total_amount": "0.0"},
        {"from_value": 1001, "to_value": None, "per_unit_amount": "0.02", "flat_unit_amount": "5.0",
         "units": "3456.0", "per_unit_total_amount": "69.12"},
    ]
}  # fmt: skip


def make_invoice(lines, *, currency="EUR", tax=("VAT", "19", ""), discount=0, buyer=None, seller=None, **fields):
    """Return a final invoice; `lines` are keywords of `make_fee`."""
    number = next(_numbers)
    entity, _ = BillingEntity.objects.get_or_create(
        code="printed", defaults=SELLER | {"document_number_prefix": "BRI", "created_at": NOW, "updated_at": NOW}
    )
    customer = Customer.objects.create(
        external_id=f"printed-{number}", billing_entity=entity, sequential_id=10**6 + number,
        slug=f"BRI-P{number}", created_at=NOW, updated_at=NOW, **(BUYER | (buyer or {})),
    )  # fmt: skip
    status = fields.pop("status", Invoice.Status.FINALIZED)
    is_final = status in (Invoice.Status.FINALIZED, Invoice.Status.VOIDED)
    invoice = Invoice(
        lago_id=uuid.uuid4(), customer=customer, billing_entity=entity, invoice_type="subscription", status=status,
        payment_status="pending", operation_key=f"printed:{number}", currency=currency, timezone="Europe/Paris",
        issuing_date=date(2024, 4, 1), expected_finalization_date=date(2024, 4, 1),
        payment_due_date=date(2024, 4, 15), net_payment_term=14, created_at=NOW, updated_at=NOW,
        number=f"BRI-2024-{number:04}" if is_final else "", sequential_id=number if is_final else None,
        finalized_at=NOW if is_final else None,
        seller=parties.seller(entity) | (seller or {}) if is_final else {},
        buyer=parties.buyer(customer) if is_final else {},
    )  # fmt: skip
    for name, value in fields.items():
        setattr(invoice, name, value)
    fees = [make_fee(invoice, **line) for line in lines]
    _total(invoice, fees, tax, discount)
    invoice.save(force_insert=True)
    Fee.objects.bulk_create(fees)
    if tax:
        _tax(invoice, fees, tax)
    if discount:
        _discount(invoice, discount)
    return invoice


def make_fee(invoice, *, name="API calls", amount_cents=1000, units="10", details=None, **fields):
    """Return a fee of an invoice, unsaved."""
    amount = money.to_amount(amount_cents, invoice.currency)
    return Fee(
        lago_id=uuid.uuid4(), invoice=invoice, customer=invoice.customer, item_code="item", item_name=name,
        currency=invoice.currency, units=Decimal(units), total_aggregated_units=Decimal(units),
        amount_cents=amount_cents, precise_amount_cents=amount_cents, amount_details=details or {},
        created_at=NOW, updated_at=NOW,
        **{
            "fee_type": Fee.Type.CHARGE,
            "precise_unit_amount": round(amount / Decimal(units), 15),
            "from_at": datetime(2024, 2, 29, 23, tzinfo=UTC),
            "to_at": datetime(2024, 3, 31, 22, tzinfo=UTC),
        } | fields,
    )  # fmt: skip


def _total(invoice, fees, tax, discount):
    invoice.fees_amount_cents = sum(fee.amount_cents for fee in fees)
    invoice.coupons_amount_cents = discount
    net = invoice.sub_total_excluding_taxes_amount_cents = invoice.fees_amount_cents - discount
    invoice.taxes_amount_cents = money.round_half_up(net * Decimal(tax[1]) / 100) if tax else 0
    invoice.sub_total_including_taxes_amount_cents = net + invoice.taxes_amount_cents
    paid = invoice.credit_notes_amount_cents + invoice.prepaid_credit_amount_cents
    invoice.total_amount_cents = invoice.sub_total_including_taxes_amount_cents - paid


def _tax(invoice, fees, tax):
    name, rate, description = tax
    shared = {"code": "tax", "name": name, "rate": Decimal(rate), "description": description, "created_at": NOW}
    InvoiceTax.objects.create(
        lago_id=uuid.uuid4(), invoice=invoice, amount_cents=invoice.taxes_amount_cents,
        fees_amount_cents=invoice.sub_total_excluding_taxes_amount_cents, **shared,
    )  # fmt: skip
    FeeTax.objects.bulk_create(FeeTax(lago_id=uuid.uuid4(), fee=fee, amount_cents=0, **shared) for fee in fees)


def _discount(invoice, cents):
    terms = {"coupon_type": "percentage", "percentage_rate": 10, "frequency": "forever"}
    when = {"created_at": NOW, "updated_at": NOW}
    coupon = Coupon.objects.create(code=f"c-{invoice.pk}", name="Welcome discount", **terms, **when)
    terms.pop("coupon_type")
    applied = AppliedCoupon.objects.create(coupon=coupon, customer=invoice.customer, **terms, **when)
    InvoiceCredit.objects.create(
        lago_id=uuid.uuid4(),
        invoice=invoice,
        applied_coupon=applied,
        name=coupon.name,
        amount_cents=cents,
        created_at=NOW,
    )
