"""The way in, by a link or from the staff pages, and the way out."""

from uuid import UUID

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from billing_site.core import activity, rate_limits
from billing_site.portal import visits
from customers.models import Customer
from customers.selectors import portal_links
from customers.selectors.portal_links import LINK, Ended


@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponseBase:
    """Begin the visit that a link is for; who tries links that are no good has to wait."""
    now = timezone.now()
    try:
        given, customer = portal_links.opened(token, LINK, now=now)
    except Ended:
        who, limit = f"portal-link:{request.META.get('REMOTE_ADDR', '')}", settings.PORTAL_ATTEMPTS_PER_MINUTE
        return visits.ended(request, 429 if rate_limits.is_over(who, limit=limit, now=now) else 404)
    return visits.begin(customer, given, now=now)


@require_safe
@staff_member_required
@permission_required("core.serve_customers", raise_exception=True)
def enter_as_staff(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Begin a visit in the name of a member of staff, which stands in the customer's history."""
    now = timezone.now()
    customer = get_object_or_404(Customer.objects.live(), lago_id=customer_id)
    activity.record("customer.portal_opened", customer, now=now)
    return visits.begin(customer, portal_links.new_pass(customer, now=now, staff=str(request.user.pk)), now=now)


@require_POST
def leave(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """End the visit in this browser."""
    return visits.end(customer_id)


@require_safe
def left(request: HttpRequest) -> HttpResponseBase:
    """Say good-bye."""
    return visits.ended(request, 200)
