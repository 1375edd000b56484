"""What invoicing does after something happened elsewhere; each is safe to run twice."""

from datetime import datetime

from billing_site.core.models import Activity
from invoicing.models import Invoice
from invoicing.services import billing, mailing


def bill_customer(activity: Activity, *, now: datetime) -> None:
    """Bill what is due of the customer that an activity is about; a run would find it later all the same."""
    billing.bill_due(now=now, customer_id=activity.customer_id)


def mail_invoice(activity: Activity, *, now: datetime) -> None:
    """Mail the invoice that has become final, if its customer and its billing entity want that; once."""
    mailing.send_finalized(Invoice.objects.get(pk=activity.subject_id), now=now)
