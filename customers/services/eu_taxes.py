"""The taxes of customers of billing entities that follow the rules of the European Union (table 1.16)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import invalid
from customers.calculations import eu_vat
from customers.models import BillingEntity, Customer, Tax
from customers.selectors import taxes as tax_selectors
from customers.services import taxes
from customers.services.vat_registers import Offline, register

# What of a customer decides on its tax.
FACTS = ("country", "zipcode", "tax_identification_number", "billing_entity_id")


def manage(entity: BillingEntity, *, now: datetime) -> None:
    """
    Provide all taxes of the rules for an entity that is to follow them.

    :raises Invalid: if the entity is in no country of the Union
    """
    if not entity.eu_tax_management:
        return
    if entity.country not in eu_vat.RATES:
        raise invalid("eu_tax_management", "org_must_be_in_eu", "The rules are for sellers in the European Union.")
    provide(now=now)


def provide(*, now: datetime) -> None:
    """Make the taxes of the rules that are not there; one whose rate was changed by hand stays as it is."""
    present = set(Tax.objects.live().filter(code__startswith=eu_vat.PREFIX).values_list("code", flat=True))
    for code, name, rate in eu_vat.all_taxes():
        if code not in present:
            taxes.create(now=now, code=code, name=name, rate=rate)


def set_taxes(
    customer: Customer, codes: Sequence[str] | None, *, changed: Iterable[str], is_new: bool, now: datetime
) -> None:
    """
    Set a saved customer's taxes: those given, and the one of the rules where its entity follows them.

    The rules speak when the customer is new, has no tax of theirs yet, or has changed in what decides.

    :raises NotFound: if a tax is unknown
    """
    wanted = codes
    if customer.billing_entity.eu_tax_management and (is_new or _decides(changed) or not _has_one(customer)):
        wanted = [*(codes or ()), _code(customer, now)]
    if wanted is not None:
        customer.taxes.set(tax_selectors.by_codes(wanted))


@transaction.atomic
def follow_register(customer: Customer, country: str | None, *, now: datetime) -> None:
    """Set the tax by what a remote register has said of the customer's number (`country` is None: not valid)."""
    customer = Customer.objects.lock(customer.pk)
    code = _tax_code(customer, country, now)
    rules = customer.taxes.filter(code__startswith=eu_vat.PREFIX)
    customer.taxes.remove(*rules.exclude(code=code))
    customer.taxes.add(*tax_selectors.by_codes([code]))
    _tell(customer, country, now)


def _code(customer: Customer, now: datetime) -> str:
    number = customer.tax_identification_number
    country = Offline().country_of(number) if number else None
    if number and register().is_remote:
        activity.record("customer.vat_number_waits", customer, now=now)
    elif number:
        _tell(customer, country, now)
    return _tax_code(customer, country, now)


def _tax_code(customer: Customer, registered_in: str | None, now: datetime) -> str:
    buyer = eu_vat.Buyer(customer.country, customer.zipcode, registered_in)
    code = eu_vat.tax_code(customer.billing_entity.country, buyer)
    if not Tax.objects.live().filter(code=code).exists():
        provide(now=now)
    return code


def _tell(customer: Customer, country: str | None, now: datetime) -> None:
    checked = {
        "valid": country is not None,
        "country_code": country,
        "vat_number": customer.tax_identification_number,
    }
    activity.record("customer.vies_check", customer, now=now, details=checked)


def _decides(changed: Iterable[str]) -> bool:
    return not set(changed).isdisjoint(FACTS)


def _has_one(customer: Customer) -> bool:
    return customer.taxes.filter(code__startswith=eu_vat.PREFIX).exists()
