"""What is known of plans."""

from plans.models import Plan, Subscription


def is_in_use(plan: Plan) -> bool:
    """Test if somebody is, or is about to be, subscribed to the plan."""
    living = (Subscription.Status.ACTIVE, Subscription.Status.INCOMPLETE, Subscription.Status.PENDING)
    return bool(plan.subscriptions.filter(status__in=living).exists())
