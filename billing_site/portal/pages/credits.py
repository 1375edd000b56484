"""Prepaid credits: what there is, what came and went, and buying more."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from billing_site.core.errors import Invalid
from billing_site.portal.pages.owed import can_pay
from billing_site.portal.pages.paying import pay
from billing_site.portal.pages.shown import State, paged
from billing_site.portal.visits import Visit, page, show
from credits.models import Wallet, WalletTransaction
from credits.services import wallet_transactions
from invoicing.services import top_ups
from invoicing.services.payments import providers


@require_safe
@page
def credits_page(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Show the wallets and their history."""
    return _shown(request, visit)


@require_POST
@page
def top_up(request: HttpRequest, visit: Visit, lago_id: UUID) -> HttpResponseBase:
    """Buy credits for an amount, and lead to their payment where no stored card will be charged."""
    wallet = get_object_or_404(_wallets(visit), lago_id=lago_id, status=Wallet.Status.ACTIVE)
    amount = _amount(request.POST.get("amount", ""))
    if amount is None:
        return _shown(request, visit, wrong=wallet)
    try:
        [entry] = wallet_transactions.create(wallet, now=visit.now, paid_credits=amount / wallet.rate_amount)
    except (Invalid, ValueError):
        return _shown(request, visit, wrong=wallet)
    invoice = top_ups.bill(WalletTransaction.objects.select_related("wallet").get(pk=entry.pk), now=visit.now)
    if invoice is not None and can_pay(visit) and providers.default_method(visit.customer) is None:
        return pay(request, visit, invoice, back=visit.address("credits"))
    return redirect(f"{visit.address('credits')}?said=topped_up")


def _shown(request: HttpRequest, visit: Visit, wrong: Wallet | None = None) -> HttpResponseBase:
    wallets = list(_wallets(visit).order_by("status", "priority", "id"))
    entries = WalletTransaction.objects.filter(wallet__in=wallets).select_related("wallet")
    found = paged(request, entries.order_by("-created_at", "-id"))
    is_payer = can_pay(visit)
    context = {
        "wallets": [_wallet(visit, wallet, is_wrong=wallet == wrong) for wallet in wallets],
        "rows": [_entry(visit, entry, is_payer=is_payer) for entry in found.object_list],
        "page": found,
        "has_several": len(wallets) > 1,
    }
    return show(request, visit, "credits", context, status=422 if wrong else 200)


def _wallets(visit: Visit) -> Any:
    return Wallet.objects.filter(customer=visit.customer)


def _amount(text: str) -> Decimal | None:
    """Return an amount in major units as people type it; None if it is none, or not above zero."""
    try:
        amount = Decimal(text.strip().replace("\xa0", "").replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
    is_sane = amount.is_finite() and Decimal(0) < amount < Decimal(10) ** 9 and len(text) < 20
    return amount if is_sane else None


def _wallet(visit: Visit, wallet: Wallet, *, is_wrong: bool) -> dict[str, Any]:
    words, currency = visit.words, wallet.currency
    is_active = wallet.status == Wallet.Status.ACTIVE
    return {
        "id": wallet.lago_id,
        "name": wallet.name or words.credits,
        "balance": visit.amount(wallet.balance_cents, currency),
        "credits": words.credits_of.format(
            credits=visit.number(wallet.credits_balance), price=visit.price(wallet.rate_amount, currency)
        ),
        "ongoing": visit.amount(wallet.ongoing_balance_cents, currency) if wallet.ongoing_usage_cents else "",
        "until": words.until.format(day=visit.day_of(wallet.expiration_at)) if wallet.expiration_at else "",
        "limits": _limits(visit, wallet),
        "currency": currency,
        "is_active": is_active,
        "is_wrong": is_wrong,
        "top_up": visit.address("top-up", lago_id=wallet.lago_id) if is_active else "",
    }


def _limits(visit: Visit, wallet: Wallet) -> str:
    words, currency = visit.words, wallet.currency
    least, most = wallet.paid_top_up_min_amount_cents, wallet.paid_top_up_max_amount_cents
    parts: Sequence[str] = [
        words.at_least.format(amount=visit.amount(least, currency)) if least else "",
        words.at_most.format(amount=visit.amount(most, currency)) if most else "",
    ]
    return ", ".join(part for part in parts if part)


def _entry(visit: Visit, entry: WalletTransaction, *, is_payer: bool) -> dict[str, Any]:
    is_in = entry.transaction_type == WalletTransaction.Type.INBOUND
    sign = 1 if is_in else -1
    waits = entry.status == WalletTransaction.Status.PENDING
    return {
        "what": entry.name or visit.words.credit_moves[entry.transaction_status],
        "wallet": entry.wallet.name or visit.words.credits,
        "day": visit.day_of(entry.settled_at or entry.created_at),
        "state": _state(visit, entry),
        "amount": visit.amount(sign * entry.amount_cents, entry.wallet.currency),
        "tone": "in" if is_in else "out",
        "pay": visit.address("pay-credits", lago_id=entry.lago_id) if waits and entry.invoice_id and is_payer else "",
    }


def _state(visit: Visit, entry: WalletTransaction) -> State | None:
    """Return how it stands with an entry that is not settled."""
    if entry.status == WalletTransaction.Status.PENDING:
        return State(visit.words.waits_for_payment, "open")
    if entry.status == WalletTransaction.Status.FAILED:
        return State(visit.words.failed, "bad")
    return None
