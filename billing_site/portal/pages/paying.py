"""Paying at the provider's page: one invoice, all that is overdue, or credits that wait for their payment."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from billing_site.core.errors import Conflict, NotFound
from billing_site.core.money import CURRENCIES
from billing_site.portal.pages.invoices import invoices_of
from billing_site.portal.visits import Visit, page, show
from credits.models import WalletTransaction
from invoicing.models import Invoice
from invoicing.services.payment_requests import creation
from invoicing.services.payments import hosted


@require_POST
@page
def pay_invoice(request: HttpRequest, visit: Visit, lago_id: UUID) -> HttpResponseBase:
    """Lead to the page on which an invoice is paid."""
    invoice = get_object_or_404(invoices_of(visit).filter(self_billed=False), lago_id=lago_id)
    return pay(request, visit, invoice, back=visit.address("invoice", lago_id=lago_id))


@require_POST
@page
def pay_overdue(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Lead to the page on which all that is overdue in a currency is paid at once, of one billing entity at a time."""
    currency = request.POST.get("currency", "")
    invoices = creation.overdue(visit.customer, currency) if currency in CURRENCIES else []
    if not invoices:
        raise NotFound("invoice")
    together = [row for row in invoices if row.billing_entity_id == invoices[0].billing_entity_id]
    back = visit.address("invoices")
    if len(together) == 1:
        return pay(request, visit, together[0], back=back)
    asked = creation.open_request(visit.customer, [row.lago_id for row in together], now=visit.now)
    return going(request, visit, hosted.page_to_pay_request(asked, now=visit.now, back=came_back(back)))


@require_POST
@page
def pay_credits(request: HttpRequest, visit: Visit, lago_id: UUID) -> HttpResponseBase:
    """Lead to the page on which credits are paid that have been bought."""
    waiting = WalletTransaction.objects.filter(wallet__customer=visit.customer, status=WalletTransaction.Status.PENDING)
    entry = get_object_or_404(waiting, lago_id=lago_id)
    invoice = get_object_or_404(Invoice.objects.filter(customer=visit.customer), lago_id=entry.invoice_id)
    return pay(request, visit, invoice, back=visit.address("credits"))


def pay(request: HttpRequest, visit: Visit, invoice: Invoice, *, back: str) -> HttpResponseBase:
    """Lead to the page on which an invoice is paid, and from there back to one of ours."""
    return going(request, visit, hosted.page_to_pay(invoice, now=visit.now, back=came_back(back)))


def came_back(address: str, said: str = "paid") -> str:
    """Return the whole address of one of our pages that says what was done elsewhere."""
    return f"{settings.BASE_URL}{address}?said={said}"


def going(request: HttpRequest, visit: Visit, address: str) -> HttpResponseBase:
    """
    Lead to a page of the provider's, by a page of ours.

    Not by a redirect: browsers hold the policy of forms against those too, and the provider's addresses are its own.

    :raises Conflict: (409) if what the provider gave is no address of a web page
    """
    if not address.startswith(("https://", "http://")):
        raise Conflict("The payment provider gave no page.")
    return show(request, visit, "going", {"address": address})
