"""What happens after a customer has changed."""

from datetime import datetime

from billing_site.core.models import Activity
from customers.models import Customer
from customers.services import eu_taxes
from customers.services.vat_registers import register


def check_vat_number(activity: Activity, *, now: datetime) -> None:
    """Ask a remote register about a customer's VAT number; if it does not answer now, this is tried again."""
    customer = Customer.objects.live().select_related("billing_entity").filter(pk=activity.subject_id).first()
    if customer and customer.billing_entity.eu_tax_management and customer.tax_identification_number:
        country = register().country_of(customer.tax_identification_number)
        eu_taxes.follow_register(customer, country, now=now)
