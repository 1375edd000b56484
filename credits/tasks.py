"""What credits do after something happened elsewhere; each is safe to run twice."""

from datetime import datetime

from billing_site.core.models import Activity
from credits.services import wallets


def close_customer(activity: Activity, *, now: datetime) -> None:
    """End the wallets of a deleted customer, once its last invoices have taken what they could."""
    wallets.terminate_all(activity.subject_id, now=now)
