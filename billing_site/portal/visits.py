"""
A customer's visit: begun by a link, carried by a signed cookie, seen by every page.

| rule | how |
|---|---|
| the link's token is in no page's address | it is exchanged for a cookie and a redirect |
| one customer's cookie opens nothing of another's | its path and its name in the address are the customer's |
| a visit ends | when idle, when the link would have, when its customer is deleted or staff end all links |
| nothing of it is kept or framed by others | `secured` puts the headers on every answer |
| who acts stands in the history | the customer, or who of staff opened the portal |
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from billing_site.core import activity, localized, rate_limits
from billing_site.core.errors import BillingError, NotFound
from billing_site.core.languages import words_for
from billing_site.core.periods import local_date
from billing_site.portal.languages import Words
from billing_site.portal.navigation import navigation
from customers.models import Customer
from customers.selectors import portal_links, preferences
from customers.selectors.portal_links import VISIT, Ended, Pass

COOKIE = "portal"
LANGUAGES = "billing_site.portal.languages"
# Styles, fonts and pictures of our own; no script at all.
POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
P = ParamSpec("P")
Answer = TypeVar("Answer", bound=HttpResponseBase)


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose portal it is, when, and how it is written there: language, time zone."""

    customer: Customer
    now: datetime
    words: Words
    locale: str
    zone: str
    is_staff: bool = False

    def amount(self, cents: int, currency: str) -> str:
        """Write an amount in minor units."""
        return localized.amount(cents, currency, self.locale)

    def price(self, value: Decimal, currency: str) -> str:
        """Write a price in major units."""
        return localized.price(value, currency, self.locale)

    def number(self, value: Decimal) -> str:
        """Write a number."""
        return localized.number(value, self.locale)

    def percent(self, rate: Decimal) -> str:
        """Write a rate given in percent."""
        return localized.percent(rate, self.locale)

    def day(self, value: date) -> str:
        """Write a day, short."""
        return localized.short_day(value, self.locale)

    def day_of(self, moment: datetime) -> str:
        """Write the day of a moment by the customer's calendar."""
        return self.day(local_date(moment, self.zone))

    def days(self, start: datetime, end: datetime) -> str:
        """Write the days of a half-open period."""
        return localized.days(start, end, self.zone, self.locale)

    def address(self, name: str, **names: object) -> str:
        """Return the address of one of the customer's pages."""
        return reverse(f"portal:{name}", kwargs={"customer_id": self.customer.lago_id, **names})


def visit_of(customer: Customer, *, now: datetime, is_staff: bool = False) -> Visit:
    """Return a visit as this customer's pages are written."""
    terms = preferences.terms(customer)
    words, locale = words_for(LANGUAGES, terms.locale)
    return Visit(customer, now, words, locale, terms.timezone, is_staff)


def begin(customer: Customer, given: Pass, *, now: datetime) -> HttpResponseBase:
    """Exchange a link for a visit: answer with its cookie, and go on to an address that says nothing."""
    answer = redirect("portal:home", customer_id=customer.lago_id)
    _keep(answer, given.renewed(now=now), now)
    return secured(answer, referrer="no-referrer")


def end(customer_id: UUID) -> HttpResponseBase:
    """Forget a visit."""
    answer = redirect("portal:left")
    answer.delete_cookie(COOKIE, path=_path(customer_id))
    return secured(answer)


View = Callable[Concatenate[HttpRequest, Visit, P], HttpResponseBase]


def page(view: "View[P]") -> Callable[..., HttpResponseBase]:
    """Open a page to whoever visits the customer that it is about; what is refused is said in their words."""

    @wraps(view)
    def guarded(request: HttpRequest, customer_id: UUID, *args: Any, **names: Any) -> HttpResponseBase:
        now = timezone.now()
        try:
            given, customer = portal_links.opened(request.COOKIES.get(COOKIE, ""), VISIT, now=now)
        except Ended:
            return ended(request, 403)
        actor = _actor(given, customer)
        if customer.lago_id != customer_id or actor is None:
            return ended(request, 403)
        visit = visit_of(customer, now=now, is_staff=bool(given.staff))
        limit = settings.PORTAL_REQUESTS_PER_MINUTE
        if rate_limits.is_over(f"portal:{customer.pk}", limit=limit, now=now):
            return show(request, visit, "notice", {"notice": visit.words.too_many}, status=429)
        with activity.acting_as(actor):
            answer = _answer(view, request, visit, *args, **names)
        _keep(answer, given.renewed(now=now), now)
        return secured(answer)

    return guarded


def show(
    request: HttpRequest, visit: Visit, name: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Return a page under the portal's frame."""
    entity = visit.customer.billing_entity
    frame = {
        "visit": visit,
        "words": visit.words,
        "language": localized.locale(visit.locale).language,
        "seller": entity.name,
        "navigation": navigation(visit, name),
        "back": visit.address("home"),
        "said": visit.words.said.get(request.GET.get("said", ""), ""),
        **(context or {}),
    }
    return secured(render(request, f"portal/{name}.html", frame, status=status))


def refused(request: HttpRequest, visit: Visit, error: BillingError, back: str = "home") -> HttpResponse:
    """Say that something could not be done, and lead back."""
    notice = visit.words.refusals.get(error.code, visit.words.not_done)
    return show(request, visit, "notice", {"notice": notice, "back": visit.address(back)}, status=error.status)


def ended(request: HttpRequest, status: int) -> HttpResponse:
    """Say that the link is good no more; whose it was is not known, so it is said in English and shows nobody."""
    words, locale = words_for(LANGUAGES, (request.headers.get("Accept-Language") or "en")[:2])
    context = {"words": words, "language": localized.locale(locale).language}
    return secured(render(request, "portal/ended.html", context, status=status), referrer="no-referrer")


def secured(answer: Answer, *, referrer: str = "same-origin") -> Answer:
    """Put on an answer what keeps it from caches, frames, scripts and other sites."""
    answer.headers.setdefault("Referrer-Policy", referrer)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _answer(
    view: Callable[..., HttpResponseBase], request: HttpRequest, visit: Visit, *args: Any, **names: Any
) -> HttpResponseBase:
    try:
        return view(request, visit, *args, **names)
    except (Http404, NotFound):
        return show(request, visit, "notice", {"notice": visit.words.not_found}, status=404)
    except BillingError as error:
        return refused(request, visit, error)


def _actor(given: Pass, customer: Customer) -> activity.Actor | None:
    """Return who acts in a visit; None where it is somebody of staff who is no more."""
    if not given.staff:
        return activity.Actor("customer", str(customer.lago_id), customer.display_name)
    user = get_user_model().objects.filter(pk=given.staff, is_active=True, is_staff=True).first()
    return activity.Actor("staff", str(user.pk), user.get_full_name() or user.get_username()) if user else None


def _keep(answer: HttpResponseBase, given: Pass, now: datetime) -> None:
    answer.set_cookie(
        COOKIE,
        portal_links.signed(given, VISIT),
        max_age=max(0, int((given.until - now).total_seconds())),
        path=_path(given.customer),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",  # whoever comes back from the page on which they paid is still there
    )


def _path(customer_id: UUID) -> str:
    return reverse("portal:home", kwargs={"customer_id": customer_id})
