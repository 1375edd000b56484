"""
Credits that customers buy: an invoice of type credit, without taxes; the credits count once it is paid.

| `invoice_requires_successful_payment` | invoice |
|---|---|
| no | final at once |
| yes | open: without number and shown in no list until it is paid, then final |
"""

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from billing_site.core.periods import local_date
from credits.models import WalletTransaction
from credits.services import wallet_transactions
from customers.models import Customer
from customers.selectors import preferences
from invoicing.calculations.issuing_dates import DateTerms, dates_when_billed
from invoicing.documents import parties
from invoicing.models import Fee, Invoice
from invoicing.services import settlement, writing
from invoicing.services.composition import InvoiceDraft
from invoicing.services.fees import FeeDraft


@transaction.atomic
def bill(entry: WalletTransaction, *, now: datetime) -> Invoice | None:
    """Make the invoice of credits that are bought; None if there is one already, or they no longer wait."""
    customer = Customer.objects.lock(entry.customer_id)
    key = f"top_up:{entry.pk}"
    if entry.status != WalletTransaction.Status.PENDING or Invoice.objects.filter(operation_key=key).exists():
        return None
    draft = _draft(customer, entry, key, now)
    settlement.total(draft, now=now)
    draft.invoice.status = Invoice.Status.OPEN
    if not entry.invoice_requires_successful_payment:
        _make_final(draft.invoice, now)
    wallet_transactions.name_invoice(entry, draft.invoice.lago_id, now=now)
    writing.write([draft], [], now=now)
    return draft.invoice


@transaction.atomic
def follow_payment(invoice: Invoice, *, now: datetime) -> None:
    """Let bought credits in when their invoice is paid; they fail with its payment, or when it is void. Idempotent."""
    if invoice.invoice_type != Invoice.Type.CREDIT:
        return
    Customer.objects.lock(invoice.customer_id)
    invoice = Invoice.objects.lock(invoice.pk)
    entry = WalletTransaction.objects.select_related("wallet").filter(invoice_id=invoice.lago_id).first()
    if entry is None:
        return
    is_set_off = bool(invoice.offset_amount_cents) and not invoice.total_due_amount_cents
    if invoice.status == Invoice.Status.VOIDED or is_set_off:
        wallet_transactions.fail(entry, now=now)
    elif invoice.payment_status == Invoice.PaymentStatus.SUCCEEDED:
        wallet_transactions.settle(entry, now=now)
        if invoice.status == Invoice.Status.OPEN:
            _make_final(invoice, now)
            writing.finish(invoice, now=now)
    elif invoice.payment_status == Invoice.PaymentStatus.FAILED:
        wallet_transactions.fail(entry, now=now)


def _draft(customer: Customer, entry: WalletTransaction, key: str, now: datetime) -> InvoiceDraft:
    wallet = entry.wallet
    entity = wallet.billing_entity or customer.billing_entity
    terms = preferences.terms(customer, entity)
    dates = dates_when_billed(local_date(now, terms.timezone), DateTerms(0, terms.net_payment_term), is_recurring=False)
    invoice = Invoice(
        lago_id=uuid.uuid4(),
        customer=customer,
        billing_entity=entity,
        invoice_type=Invoice.Type.CREDIT,
        status=Invoice.Status.DRAFT,
        payment_status=Invoice.PaymentStatus.PENDING,
        operation_key=key,
        currency=wallet.currency,
        timezone=terms.timezone,
        locale=terms.locale,
        issuing_date=dates.issuing_date,
        expected_finalization_date=dates.expected_finalization_date,
        payment_due_date=dates.payment_due_date,
        net_payment_term=terms.net_payment_term,
        payment_method=entry.payment_method or wallet.payment_method,
        purchase_order_number=entry.purchase_order_number or wallet.purchase_order_number,
        created_at=now,
        updated_at=now,
    )
    return InvoiceDraft(invoice, terms, [], fees=[FeeDraft(_fee(entry, now), [])])


def _fee(entry: WalletTransaction, now: datetime) -> Fee:
    wallet = entry.wallet
    title = f"Prepaid credits - {wallet.name}" if wallet.name else "Prepaid credits"
    return Fee(
        lago_id=uuid.uuid4(),
        customer_id=wallet.customer_id,
        wallet_transaction=entry,
        fee_type=Fee.Type.CREDIT,
        item_code="credit",
        item_name="credit",
        invoice_display_name=entry.name or title,
        currency=wallet.currency,
        units=entry.credit_amount,
        total_aggregated_units=entry.credit_amount,
        precise_unit_amount=wallet.rate_amount,
        amount_cents=entry.amount_cents,
        precise_amount_cents=Decimal(entry.amount_cents),
        created_at=now,
        updated_at=now,
    )


def _make_final(invoice: Invoice, now: datetime) -> None:
    invoice.status, invoice.finalized_at, invoice.updated_at = Invoice.Status.FINALIZED, now, now
    parties.keep(invoice)
