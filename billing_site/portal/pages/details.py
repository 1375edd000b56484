"""Who the customer is: names, addresses, tax id, mail and language, changed by the service that the API calls."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from billing_site.core import localized
from billing_site.core.errors import Invalid
from billing_site.core.languages import languages
from billing_site.portal.visits import LANGUAGES, Visit, page, show
from customers.api.serializers import COUNTRIES, CustomerInput, LocaleField
from customers.models import Customer
from customers.services import customers

# (the field, the browser's word for it, its kind)
WHO = (
    ("name", "organization", "text"),
    ("legal_name", "organization", "text"),
    ("tax_identification_number", "", "text"),
    ("email", "", "text"),
    ("phone", "tel", "tel"),
)
WHERE = (
    ("address_line1", "address-line1", "text"),
    ("address_line2", "address-line2", "text"),
    ("zipcode", "postal-code", "text"),
    ("city", "address-level2", "text"),
    ("state", "address-level1", "text"),
    ("country", "country", "country"),
)
SHIPPING = "shipping_"
ADDRESS = tuple(name for name, _, _ in WHERE)


class Details(CustomerInput):
    """What of a customer it may change itself."""

    document_locale = LocaleField(required=False)

    def get_fields(self) -> Any:
        """Return these fields alone."""
        names = {name for name, _, _ in (*WHO, *WHERE)} | {"shipping_address", "document_locale"}
        return {name: field for name, field in super().get_fields().items() if name in names}


@require_http_methods(["GET", "HEAD", "POST"])
@page
def details(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Show the details in a form, and change them."""
    if request.method != "POST":
        return _shown(request, visit, _values(visit.customer), set())
    given = _given(request.POST)
    form = Details(data=given)
    wrong = set() if form.is_valid() else _names(form.errors)
    if not wrong:
        try:
            customers.upsert(visit.customer.external_id, now=visit.now, **form.validated_data)
        except Invalid as error:
            wrong = set(error.details)
    if wrong:
        return _shown(request, visit, {name: request.POST.get(name, "") for name in _values(visit.customer)}, wrong)
    return redirect(f"{visit.address('details')}?said=saved")


def _given(posted: QueryDict) -> dict[str, Any]:
    names = [name for name, _, _ in (*WHO, *WHERE)] + ["document_locale"]
    given: dict[str, Any] = {name: posted[name] for name in names if name in posted}
    if not given.get("document_locale"):
        given.pop("document_locale", None)
    shipping = {name: posted[SHIPPING + name] for name in ADDRESS if SHIPPING + name in posted}
    return {**given, "shipping_address": shipping} if shipping else given


def _names(errors: Any) -> set[str]:
    """Return which fields are wrong, those of the shipping address by their names in the form."""
    shipping = errors.get("shipping_address")
    within = {SHIPPING + name for name in shipping} if isinstance(shipping, dict) else set()
    return (set(errors) - {"shipping_address"}) | within


def _values(customer: Customer) -> dict[str, str]:
    values = {name: getattr(customer, name) for name, _, _ in (*WHO, *WHERE)}
    shipping = customer.shipping_address or {}
    values |= {SHIPPING + name: str(shipping.get(name) or "") for name in ADDRESS}
    return {**values, "document_locale": customer.document_locale}


def _shown(request: HttpRequest, visit: Visit, values: dict[str, str], wrong: set[str]) -> HttpResponseBase:
    def fields(names: Any, prefix: str = "") -> list[dict[str, Any]]:
        return [
            {
                "name": prefix + name,
                "label": visit.words.labels[name],
                "value": values.get(prefix + name, ""),
                "autocomplete": f"shipping {hint}" if prefix and hint else hint,
                "kind": kind,
                "is_wrong": prefix + name in wrong,
            }
            for name, hint, kind in names
        ]

    named = localized.locale(visit.locale).territories
    context = {
        "who": fields(WHO),
        "billing": fields(WHERE),
        "shipping": fields(WHERE, SHIPPING),
        "countries": sorted(((code, named.get(code, code)) for code in COUNTRIES), key=lambda pair: pair[1]),
        "languages": [(code, localized.locale(code).get_display_name(code)) for code in languages(LANGUAGES)],
        "language_now": values.get("document_locale", "")[:2] or visit.locale[:2],
        "wrong": wrong,
    }
    return show(request, visit, "details", context, status=422 if wrong else 200)
