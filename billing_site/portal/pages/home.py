"""The overview: what is owed, what comes next, what is used and what there is to spend."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from billing_site.portal.pages.invoices import invoices_of
from billing_site.portal.pages.owed import can_pay, owed
from billing_site.portal.pages.shown import invoice_rows
from billing_site.portal.pages.usage import panels
from billing_site.portal.visits import Visit, page, show
from credits.models import Wallet
from invoicing.services import previews

LATEST = 5


@require_safe
@page
def home(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Show the overview."""
    is_payer = can_pay(visit)
    context = {
        "owed": owed(visit),
        "can_pay": is_payer,
        "upcoming": _upcoming(visit),
        "wallets": _wallets(visit),
        "usage": panels(visit, most=3),
        "rows": invoice_rows(visit, list(invoices_of(visit)[:LATEST]), can_pay=is_payer),
    }
    return show(request, visit, "home", context)


def _upcoming(visit: Visit) -> list[dict[str, str]]:
    found = previews.upcoming([visit.customer.pk], now=visit.now).get(visit.customer.pk, [])
    return [
        {
            "total": visit.amount(item.draft.invoice.total_amount_cents, item.draft.invoice.currency),
            "when": visit.words.estimated_on.format(day=visit.day_of(item.at)),
        }
        for item in found[:2]
    ]


def _wallets(visit: Visit) -> list[dict[str, Any]]:
    rows = Wallet.objects.filter(customer=visit.customer, status=Wallet.Status.ACTIVE).order_by("priority", "id")
    return [
        {
            "name": wallet.name or visit.words.credits,
            "balance": visit.amount(wallet.balance_cents, wallet.currency),
        }
        for wallet in rows
    ]
