"""
Notes on invoices of credits that were bought (table 1.15).

| the invoice is | a note may | and then |
|---|---|---|
| not paid | set off all of it, at once | the credits fail: they never come in |
| paid | refund what its wallet still holds | as many credits leave the wallet |
| of a wallet that has ended | nothing | |
"""

from datetime import datetime

from billing_site.core.errors import NotAllowed, refuse
from credits.models import Wallet, WalletTransaction
from credits.services import wallet_transactions
from invoicing.calculations.credit_notes import Shares
from invoicing.models import CreditNote, Invoice


class InvalidTypeOrStatus(NotAllowed):
    code = "invalid_type_or_status"


def check_state(invoice: Invoice, shares: Shares | None = None) -> WalletTransaction:
    """
    Return the credits that the invoice asked for, if a note that goes this way can be made of it.

    :raises InvalidTypeOrStatus: (405) if it cannot, in whatever amount
    """
    entry = WalletTransaction.objects.select_related("wallet").filter(invoice_id=invoice.lago_id).first()
    is_paid = invoice.payment_status == Invoice.PaymentStatus.SUCCEEDED
    is_whole = shares is not None and shares == Shares(offset_cents=invoice.total_amount_cents)
    if entry is None or entry.wallet.status != Wallet.Status.ACTIVE or not (is_paid or is_whole):
        raise InvalidTypeOrStatus("Credits that were bought are refunded once paid, or their invoice set off whole.")
    return entry


def check_amounts(entry: WalletTransaction, cents: int, shares: Shares | None = None) -> None:
    """
    Check what a note over so much asks of the wallet.

    :raises Invalid: if it is to become a credit, or is more than what the wallet holds
    """
    is_refund = entry.status == WalletTransaction.Status.SETTLED
    refuse(
        {
            ("credit_amount_cents", "cannot_credit_invoice"): shares is not None and shares.credit_cents > 0,
            ("amount_cents", "higher_than_wallet_balance"): is_refund and cents > entry.wallet.balance_cents,
        }
    )


def follow(note: CreditNote, entry: WalletTransaction, *, now: datetime) -> None:
    """Let the credits that are refunded leave the wallet; those that are never paid for fail."""
    if note.refund_amount_cents:
        wallet_transactions.take_back(entry, note.refund_amount_cents, credit_note_id=note.lago_id, now=now)
    else:
        wallet_transactions.fail(entry, now=now)
