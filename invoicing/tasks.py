"""What invoicing does after something happened elsewhere; each is safe to run twice."""

from datetime import datetime

from billing_site.core.models import Activity
from invoicing.services import billing


def bill_customer(activity: Activity, *, now: datetime) -> None:
    """Bill what is due of the customer that an activity is about; a run would find it later all the same."""
    billing.bill_due(now=now, customer_id=activity.customer_id)
