"""Wallets pay for invoices that become final, after taxes and credit notes: a whole chunk at once (M96 to M101)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from credits.calculations import wallets as calculations
from credits.calculations.wallets import PayableFee
from credits.selectors.paying_wallets import paying_wallets
from credits.services.drawdowns import Purses
from invoicing.models import Fee, Invoice
from invoicing.services.composition import InvoiceDraft
from invoicing.services.fees import FeeDraft
from plans.calculations.charge_models.properties import TARGET_WALLET

PAID_BY_WALLETS = (Invoice.Type.SUBSCRIPTION, Invoice.Type.PROGRESSIVE_BILLING)


def pay(drafts: Sequence[InvoiceDraft], *, now: datetime) -> None:
    """
    Let the customers' wallets pay for the final ones among these invoices, each in its turn, and write what they gave.

    The wallets stay locked until the caller's transaction ends; three queries to read them, however many there are.
    """
    payable = [draft for draft in drafts if _is_payable(draft.invoice)]
    if not payable:
        return
    purses = Purses(draft.invoice.customer_id for draft in payable)
    for draft in payable:
        if purses.can_pay(draft.invoice.customer_id, draft.invoice.currency):
            _pay(draft, purses, now)
    purses.write(now=now)


def foresee(drafts: Sequence[InvoiceDraft]) -> None:
    """Put on invoices that are never written what wallets would pay of them, each in its turn; nothing is locked."""
    wallets = paying_wallets(draft.invoice.customer_id for draft in drafts)
    for draft in drafts:
        invoice, place = draft.invoice, (draft.invoice.customer_id, draft.invoice.currency)
        if place not in wallets or invoice.invoice_type not in PAID_BY_WALLETS:
            continue
        total_cents = invoice.total_amount_cents
        owed = calculations.buckets([payable(item) for item in draft.fees], total_cents=total_cents)
        paid = calculations.pay(wallets[place], owed, total_cents=total_cents)
        wallets[place] = [
            replace(wallet, balance_cents=wallet.balance_cents - paid.get(wallet.key, 0)) for wallet in wallets[place]
        ]
        invoice.prepaid_credit_amount_cents = sum(paid.values())
        invoice.total_amount_cents -= invoice.prepaid_credit_amount_cents


def _is_payable(invoice: Invoice) -> bool:
    is_final = invoice.status == Invoice.Status.FINALIZED
    return is_final and invoice.total_amount_cents > 0 and invoice.invoice_type in PAID_BY_WALLETS


def _pay(draft: InvoiceDraft, purses: Purses, now: datetime) -> None:
    invoice = draft.invoice
    draw = purses.pay(
        invoice.lago_id,
        [payable(item) for item in draft.fees],
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        total_cents=invoice.total_amount_cents,
        now=now,
    )
    if not draw.amount_cents:
        return
    invoice.prepaid_credit_amount_cents = draw.amount_cents
    invoice.prepaid_granted_credit_amount_cents = draw.granted_cents
    invoice.prepaid_purchased_credit_amount_cents = draw.purchased_cents
    invoice.total_amount_cents -= draw.amount_cents
    if not invoice.total_amount_cents:
        invoice.payment_status = Invoice.PaymentStatus.SUCCEEDED


def payable(item: FeeDraft) -> PayableFee:
    """Return what wallets may pay of a fee: what coupons and credit notes have left of it, with taxes."""
    fee = item.fee
    net_cents = Decimal(fee.amount_cents) - fee.precise_coupons_amount_cents
    metric = fee.charge.billable_metric_id if fee.charge else None
    gross_cents = net_cents + fee.taxes_precise_amount_cents - fee.precise_credit_notes_amount_cents
    return PayableFee(fee.fee_type, metric, gross_cents, target_of(fee))


def target_of(fee: Fee) -> str:
    """Return the code of the wallet that the usage of a fee named; empty for all other fees."""
    accepts = fee.charge is not None and fee.charge.accepts_target_wallet
    return str(fee.grouped_by.get(TARGET_WALLET) or "") if accepts else ""
