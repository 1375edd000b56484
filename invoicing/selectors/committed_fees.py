"""What has been billed before of the time that a minimum commitment looks at."""

from collections.abc import Iterable

from billing_site.core.periods import Period
from invoicing.models import Fee, Invoice
from plans.models import Subscription


def billed_in(asked: Iterable[tuple[Subscription, Period]]) -> dict[int, list[Fee]]:
    """
    Return the fees that begin within these times, by subscription key; one query.

    Voided invoices do not count, nor progressive ones: the usage on those is billed again, and then taken off.
    """
    times = {subscription.pk: time for subscription, time in asked}
    found: dict[int, list[Fee]] = {}
    if not times:
        return found
    earliest, latest = min(time.start for time in times.values()), max(time.end for time in times.values())
    rows = Fee.objects.filter(subscription_id__in=times, from_at__gte=earliest, from_at__lt=latest, deleted_at=None)
    rows = rows.exclude(invoice__status=Invoice.Status.VOIDED)
    rows = rows.exclude(invoice__invoice_type=Invoice.Type.PROGRESSIVE_BILLING)
    for fee in rows.only("subscription_id", "invoice_id", "fee_type", "amount_cents", "from_at"):
        found.setdefault(fee.subscription_id or 0, []).append(fee)
    return found
