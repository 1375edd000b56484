"""What staff do with prepaid credits: grant them, take them back, make and end a wallet."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing_site.core import money
from billing_site.core.admin import acts
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.fields import currency, day, figure, line, one_of, whole
from billing_site.core.admin.forms import ActionForm, Group
from billing_site.core.admin.shown import shown_day, shown_money, shown_number
from billing_site.core.models import StaffAct
from billing_site.core.periods import MOMENT, local_date, local_midnight
from billing_site.core.staff_limits import Kind, Weight
from credits.models import Wallet
from credits.models.wallets import DEFAULT_PRIORITY
from credits.services import wallet_transactions, wallets
from customers.models import Customer
from customers.selectors import preferences

NEW = "new"
GIVEN = ("Start-up programme", "Makes good for an outage", "Agreed in the contract")
MOVES = ("granted_credits", "voided_credits", "paid_credits")


def living(customer: Customer) -> list[Wallet]:
    """Return the wallets of a customer in the order in which they pay."""
    rows = list(Wallet.objects.filter(customer=customer, status=Wallet.Status.ACTIVE).order_by("priority", "id"))
    for wallet in rows:
        wallet.customer = customer
    return rows


def wallet_words(wallet: Wallet) -> str:
    """Return what is in a wallet, and until when."""
    zone = preferences.terms(wallet.customer).timezone
    ends = f", ends on {shown_day(local_date(wallet.expiration_at - MOMENT, zone))}" if wallet.expiration_at else ""
    credit = f"{shown_number(wallet.credits_balance)} credits"
    return f"{shown_money(wallet.balance_cents, wallet.currency)} ({credit}{ends})"


def credits_weight(amount: Decimal, currency_code: str) -> Weight | None:
    """Return what credits of this worth, in major units, weigh; nothing where there is no currency yet."""
    return Weight(Kind.CREDITS, money.to_cents(amount, currency_code), currency_code) if currency_code else None


def end_of(last_day: date | None, customer: Customer) -> datetime | None:
    """Return the moment after a last day, by the customer's calendar."""
    return local_midnight(last_day + timedelta(days=1), preferences.terms(customer).timezone) if last_day else None


class WalletsOfCustomer(StaffAction):
    """What is shown beside an action on a customer's wallets: what each holds."""

    subject, permission = Customer, "core.move_money"
    must_say_why = True
    activity_type = "wallet_transaction.created"
    asked_by = {
        **dict.fromkeys(MOVES, "amount"), "wallet_id": "wallet", "customer": "wallet", "expiration_at": "last_day",
        "invalid_date": "last_day", "code": "name",
    }  # fmt: skip

    def facts(self, subject: Customer, *, now: datetime) -> Mapping[str, str]:
        return {f"Wallet {wallet}": wallet_words(wallet) for wallet in living(subject)}


class GrantForm(ActionForm):
    amount = figure("Credits to grant", max_digits=20, decimal_places=5)
    wallet = one_of("Into")
    priority = whole(
        "Priority", initial=DEFAULT_PRIORITY, min_value=1, max_value=50, help_text="1 is used first, 50 last."
    )
    last_day = day("Can be used until", required=False, help_text="The last day of the new wallet. Empty: for ever.")
    currency = currency(required=False)
    groups = (Group("New wallet", ("currency", "last_day")),)
    when = {"last_day": f"wallet={NEW}", "currency": f"wallet={NEW}"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wallets = living(self.subject) if self.subject is not None else []
        offered = [(str(wallet.pk), f"{wallet}: {wallet_words(wallet)}") for wallet in self.wallets]
        self.fields["wallet"].choices = [*offered, (NEW, "a new wallet, with an end of its own")]  # type: ignore[attr-defined]
        self.initial.setdefault("wallet", offered[0][0] if offered else NEW)
        if self.subject is None or self.subject.currency:
            del self.fields["currency"]

    def clean(self) -> dict[str, Any]:
        """A customer without a currency needs one for a wallet."""
        answers = super().clean() or {}
        if answers.get("wallet") == NEW and "currency" in self.fields and not answers.get("currency"):
            self.add_error("currency", "Choose the currency: the customer has none yet.")
        if answers.get("amount") == 0:
            self.add_error("amount", "How many credits?")
        return answers


@staff_action
class GrantCredits(WalletsOfCustomer):
    slug, title, icon, confirm = "grant-credits", "Grant credits", "add_card", "Grant them"
    form, is_bulk = GrantForm, True
    reasons = GIVEN
    undo_until = "as long as the credits are not spent"

    def remembers(self, subject: Customer, *, now: datetime) -> Mapping[str, Any]:
        return {"wallets": [wallet.pk for wallet in living(subject)]}

    def weight(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime) -> Weight | None:
        wallet = None if answers["wallet"] == NEW else Wallet.objects.get(pk=answers["wallet"], customer=subject)
        rate = wallet.rate_amount if wallet is not None else Decimal(1)
        code = wallet.currency if wallet is not None else subject.currency or answers.get("currency", "")
        return credits_weight(answers["amount"] * rate, code)

    def undo_obstacle(self, subject: Customer, act: StaffAct, *, now: datetime) -> str:
        granted = acts.made_by(act)
        wallet = granted and granted.wallet
        if wallet is None or wallet.status != Wallet.Status.ACTIVE:
            return "The wallet has ended."
        left = wallet.credits_balance
        return "" if left >= granted.credit_amount else f"They are spent: {shown_number(left)} credits are left."

    def take_back(self, subject: Customer, act: StaffAct, *, now: datetime, reason: str) -> object:
        granted = acts.made_by(act)
        wallet = granted.wallet
        taken = wallet_transactions.create(wallet, now=now, reason=reason, voided_credits=granted.credit_amount)
        wallet.refresh_from_db()
        if wallet.pk not in act.remembered["wallets"] and not wallet.credits_balance:
            wallets.terminate(wallet, now=now, reason=reason)
        return taken

    @transaction.atomic
    def perform(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        given = {"granted_credits": answers["amount"], "priority": int(answers["priority"])}
        if answers["wallet"] == NEW:
            wallet = wallets.create(
                subject, now=now, currency=subject.currency or answers["currency"], rate_amount=Decimal(1),
                name="Granted credits", expiration_at=end_of(answers["last_day"], subject), reason=reason,
            )  # fmt: skip
        else:
            wallet = Wallet.objects.get(pk=answers["wallet"], customer=subject)
        return wallet_transactions.create(wallet, now=now, reason=reason, **given)[0]

    def result(self, subject: Customer) -> str:
        return "The credits are granted. They pay the next invoices."


class TakeBackForm(ActionForm):
    amount = figure("Credits to take back", max_digits=20, decimal_places=5)
    wallet = one_of("From")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(wallet.pk), f"{wallet}: {wallet_words(wallet)}") for wallet in living(self.subject)]
        self.fields["wallet"].choices = offered  # type: ignore[attr-defined]
        self.initial.setdefault("wallet", offered[0][0] if offered else "")

    def clean_amount(self) -> Decimal:
        """Ask for more than nothing."""
        amount: Decimal = self.cleaned_data["amount"]
        if not amount:
            self.add_error("amount", "How many credits?")
        return amount


@staff_action
class TakeBackCredits(WalletsOfCustomer):
    slug, title, icon, confirm = "take-back-credits", "Take back credits", "credit_card_off", "Take them back"
    form = TakeBackForm
    reasons = ("Given by mistake", "The offer is over")
    warning = "Credits that are taken back are void. What has paid invoices stays."
    undo_until = "as long as the wallet is there"

    def obstacle(self, subject: Customer, *, now: datetime) -> str:
        return "" if living(subject) else "This customer has no wallet, so there are no credits to take back."

    def perform(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        wallet = Wallet.objects.get(pk=answers["wallet"], customer=subject)
        return wallet_transactions.create(wallet, now=now, reason=reason, voided_credits=answers["amount"])[0]

    def undo_obstacle(self, subject: Customer, act: StaffAct, *, now: datetime) -> str:
        taken = acts.made_by(act)
        is_there = taken is not None and taken.wallet.status == Wallet.Status.ACTIVE
        return "" if is_there else "The wallet has ended. “Grant credits” gives them again."

    def take_back(self, subject: Customer, act: StaffAct, *, now: datetime, reason: str) -> object:
        taken = acts.made_by(act)
        return wallet_transactions.create(taken.wallet, now=now, reason=reason, granted_credits=taken.credit_amount)

    def result(self, subject: Customer) -> str:
        return "The credits are taken back."


class NewWalletForm(ActionForm):
    name = line("Name", required=False, help_text="Such as Launch credits.")
    rate_amount = figure("A credit is worth", initial=1, decimal_places=5, help_text="For life.")
    currency = currency()
    amount = figure("Granted to begin with", required=False, max_digits=20, decimal_places=5)
    paid_credits = figure("Bought to begin with", required=False, max_digits=20, decimal_places=5,
                          help_text="They come in when their invoice is paid.")  # fmt: skip
    priority = whole(
        "Priority", initial=DEFAULT_PRIORITY, min_value=1, max_value=50, help_text="1 pays first, 50 last."
    )
    last_day = day("Can be used until", required=False, help_text="Its last day. Empty: for ever.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject.currency:
            del self.fields["currency"]
            self.fields["rate_amount"].label = f"A credit is worth ({self.subject.currency})"

    def clean_rate_amount(self) -> Decimal:
        """Ask for a worth."""
        rate: Decimal = self.cleaned_data["rate_amount"]
        if not rate:
            self.add_error("rate_amount", "A credit is worth more than nothing.")
        return rate


@staff_action
class MakeWallet(WalletsOfCustomer):
    slug, title, icon, confirm = "make-wallet", "Make a wallet", "account_balance_wallet", "Make it"
    form = NewWalletForm
    activity_type = "wallet.created"
    asked_by = {**WalletsOfCustomer.asked_by, "paid_credits": "paid_credits", "customer": "name"}
    reasons: Sequence[str] = GIVEN

    def weight(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime) -> Weight | None:
        worth = (answers["amount"] or 0) * answers["rate_amount"]
        return credits_weight(worth, subject.currency or answers["currency"])

    def perform(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return wallets.create(
            subject,
            now=now,
            reason=reason,
            currency=subject.currency or answers["currency"],
            rate_amount=answers["rate_amount"],
            name=answers["name"],
            granted_credits=answers["amount"],
            paid_credits=answers["paid_credits"],
            priority=int(answers["priority"]),
            expiration_at=end_of(answers["last_day"], subject),
        )

    def result(self, subject: Customer) -> str:
        return "The wallet is made."


@staff_action
class EndWallet(StaffAction):
    slug, title, icon, confirm = "end", "End wallet", "block", "End it"
    place = 9
    subject, form, permission = Wallet, ActionForm, "core.move_money"
    must_say_why = True
    activity_type = "wallet.terminated"
    reasons = ("The offer is over", "Made by mistake")
    warning = "This cannot be undone: what is left in it is void."

    def obstacle(self, subject: Wallet, *, now: datetime) -> str:
        return "" if subject.status == Wallet.Status.ACTIVE else "This wallet has ended already."

    def perform(self, subject: Wallet, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return wallets.terminate(subject, now=now, reason=reason)

    def facts(self, subject: Wallet, *, now: datetime) -> Mapping[str, str]:
        return {"Status": subject.get_status_display(), "In it": wallet_words(subject)}

    def result(self, subject: Wallet) -> str:
        return "The wallet has ended."
