"""What staff do with a payment: end one that is on its way, and find a place for money that nothing was due for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.core import money
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import shown_money
from billing_site.core.admin.forms import ActionForm, number, one_of
from credits.models import Wallet
from invoicing.models import Invoice, Payment
from invoicing.services.payments import cancelling, refunds, unapplied

MOST_OFFERED = 50


class PaymentAction(StaffAction):
    """What is shown beside an action on a payment."""

    subject, form, permission = Payment, ActionForm, "core.move_money"

    def facts(self, subject: Payment, *, now: datetime) -> Mapping[str, str]:
        kept = shown_money(subject.unapplied_amount_cents, subject.currency)
        return {"State": subject.get_state_display(), "More than was due": kept}


class UnappliedAction(PaymentAction):
    """Something done with what nothing was due for."""

    asked_by = {"amount_cents": "amount"}

    def obstacle(self, subject: Payment, *, now: datetime) -> str:
        if not subject.unapplied_amount_cents:
            return "Nothing is left of it."
        return "" if unapplied.free_cents(subject) > 0 else "It is disputed, or about to be given back."

    def result(self, subject: Payment) -> str:
        return f"Done. {shown_money(subject.unapplied_amount_cents, subject.currency)} is left of it."


class OtherInvoiceForm(ActionForm):
    invoice = one_of("Invoice")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = unapplied.payable_with(self.subject)[:MOST_OFFERED]
        offered = [(str(row.pk), f"{row}: {shown_money(row.total_due_amount_cents, row.currency)}") for row in found]
        self.fields["invoice"].choices = offered  # type: ignore[attr-defined]
        self.initial.setdefault("invoice", offered[0][0] if offered else "")


@staff_action
class PayAnotherInvoice(UnappliedAction):
    slug, title, icon, confirm = "pay-another-invoice", "Pay another invoice", "receipt_long", "Pay it"
    form, activity_type, place = OtherInvoiceForm, "payment.applied", 1

    def obstacle(self, subject: Payment, *, now: datetime) -> str:
        if sentence := super().obstacle(subject, now=now):
            return sentence
        return "" if unapplied.payable_with(subject).exists() else "The customer has no other invoice to pay."

    def perform(self, subject: Payment, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        invoice = Invoice.objects.get(pk=answers["invoice"])
        return unapplied.apply_to(subject, invoice, now=now, reason=reason)


class WalletForm(ActionForm):
    wallet = one_of("Into")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(wallet.pk), str(wallet)) for wallet in _wallets(self.subject)]
        self.fields["wallet"].choices = offered  # type: ignore[attr-defined]
        self.initial.setdefault("wallet", offered[0][0] if offered else "")


@staff_action
class KeepAsCredits(UnappliedAction):
    slug, title, icon, confirm = "keep-as-credits", "Keep as credits", "account_balance_wallet", "Buy credits with it"
    form, activity_type = WalletForm, "payment.applied"

    def obstacle(self, subject: Payment, *, now: datetime) -> str:
        if sentence := super().obstacle(subject, now=now):
            return sentence
        return "" if _wallets(subject) else f"The customer has no wallet in {subject.currency}."

    def perform(self, subject: Payment, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        wallet = Wallet.objects.get(pk=answers["wallet"])
        return unapplied.keep_as_credits(subject, wallet, now=now, reason=reason)


class GiveBackForm(ActionForm):
    amount = number("Amount", min_value=0)


@staff_action
class GiveBack(UnappliedAction):
    slug, title, icon, confirm = "give-back", "Give it back", "undo", "Give back"
    form, activity_type, must_say_why = GiveBackForm, "payment.given_back", True
    reasons = ("Paid twice", "The order was cancelled")
    warning = "The provider gives it back to the card or account that it came from."

    def obstacle(self, subject: Payment, *, now: datetime) -> str:
        return super().obstacle(subject, now=now) or ("" if subject.provider_id else "It came in by hand.")

    def initial(self, subject: Payment, *, now: datetime) -> dict[str, Any]:
        return {"amount": money.to_amount(unapplied.free_cents(subject), subject.currency)}

    def perform(self, subject: Payment, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        cents = money.to_cents(answers["amount"], subject.currency)
        return refunds.give_back(subject, cents, now=now, reason=reason)

    def result(self, subject: Payment) -> str:
        return "It is being given back."


@staff_action
class CancelPayment(PaymentAction):
    slug, title, icon, confirm = "cancel", "Cancel", "block", "Cancel it"
    activity_type, place = "payment.cancel_requested", 9
    reasons = ("The customer pays another way",)
    warning = "If the money has come in already it stays, and pays the invoice or is kept."

    def obstacle(self, subject: Payment, *, now: datetime) -> str:
        if subject.state not in Payment.LIVE:
            return "It is not on its way."
        return "It is being cancelled." if subject.cancel_requested_at else ""

    def perform(self, subject: Payment, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return cancelling.cancel(subject, now=now, reason=reason)

    def result(self, subject: Payment) -> str:
        return "It is being cancelled."


def _wallets(payment: Payment) -> list[Wallet]:
    rows = Wallet.objects.filter(customer=payment.customer_id, currency=payment.currency, status=Wallet.Status.ACTIVE)
    return list(rows.order_by("priority", "id"))
