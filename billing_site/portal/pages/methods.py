"""Cards and accounts that a customer has stored with the provider."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from billing_site.portal.pages.owed import can_pay
from billing_site.portal.pages.paying import came_back, going
from billing_site.portal.visits import Visit, page, show
from customers.models import PaymentMethod
from customers.services import payment_methods
from invoicing.providers.contract import Ambiguous, Busy, Refused
from invoicing.services.payments import hosted
from invoicing.services.payments import methods as stored_methods


@require_safe
@page
def methods(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """List what is stored."""
    rows = [
        {
            "name": _name(visit, method),
            "expires": _expires(method),
            "is_default": method.is_default,
            "since": visit.day_of(method.created_at),
            "make_default": visit.address("default-method", lago_id=method.lago_id),
            "remove": visit.address("remove-method", lago_id=method.lago_id),
        }
        for method in _mine(visit).order_by("-is_default", "-id")
    ]
    return show(request, visit, "methods", {"rows": rows, "can_pay": can_pay(visit)})


@require_POST
@page
def add(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Lead to the provider's page on which another is stored."""
    back = came_back(visit.address("method-stored"), "")
    return going(request, visit, hosted.page_to_store_a_method(visit.customer, now=visit.now, back=back))


@require_safe
@page
def stored(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Read anew what is stored, for one who comes back from the provider's page; its webhook may be slower."""
    try:
        stored_methods.read(visit.customer, now=visit.now)
    except (Ambiguous, Busy, Refused):
        return redirect(f"{visit.address('methods')}?said=method_soon")
    return redirect(f"{visit.address('methods')}?said=method_stored")


@require_POST
@page
def make_default(request: HttpRequest, visit: Visit, lago_id: UUID) -> HttpResponseBase:
    """Have this one charged from now on."""
    payment_methods.set_default(get_object_or_404(_mine(visit), lago_id=lago_id), now=visit.now)
    return redirect(f"{visit.address('methods')}?said=method_default")


@require_POST
@page
def remove(request: HttpRequest, visit: Visit, lago_id: UUID) -> HttpResponseBase:
    """Have it charged no more; the provider is told to forget it."""
    payment_methods.forget(get_object_or_404(_mine(visit), lago_id=lago_id), now=visit.now)
    return redirect(f"{visit.address('methods')}?said=method_removed")


def _mine(visit: Visit) -> "QuerySet[PaymentMethod]":
    return PaymentMethod.objects.live().select_related("provider").filter(customer=visit.customer)


def _name(visit: Visit, method: PaymentMethod) -> str:
    """Return what is printed on it, as far as the provider tells."""
    kind = str(method.details.get("type") or "")
    facts = method.details.get(kind) or {}
    brand = str(facts.get("brand") or facts.get("bank_name") or facts.get("bank_code") or kind or visit.words.card)
    last = facts.get("last4")
    return f"{brand.replace('_', ' ').title()} •••• {last}" if last else brand.replace("_", " ").title()


def _expires(method: PaymentMethod) -> str:
    card = method.details.get("card") or {}
    month, year = card.get("exp_month"), card.get("exp_year")
    return f"{int(month):02d}/{int(year)}" if str(month).isdigit() and str(year).isdigit() else ""
