"""From activities to webhooks: the payload is written once, and a delivery for each endpoint that wants it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django_q.tasks import async_task

from billing_site.core.api.rendering import MoneyJSONRenderer
from billing_site.core.models import Activity
from webhooks import catalogue
from webhooks.models import Delivery, Webhook, WebhookEndpoint
from webhooks.selectors import endpoints


def wanted() -> frozenset[str]:
    """Return the types of activities that some endpoint is told of now."""
    return catalogue.told_as(endpoints.wanted_types(catalogue.TYPES))


def announce(activities: Sequence[Activity], *, now: datetime) -> None:
    """Write what is told of these activities, and have it sent; once for each activity and endpoint."""
    listening = endpoints.live()
    known = set(Webhook.objects.filter(activity__in=activities).values_list("activity_id", flat=True))
    told = catalogue.read([activity for activity in activities if activity.pk not in known])
    wanted = {item.activity.pk: [to for to in listening if endpoints.wants(to, item.webhook_type)] for item in told}
    webhooks = [_webhook(item, now) for item in told if wanted[item.activity.pk]]
    with transaction.atomic():
        # Whoever told of one of these meanwhile has the same to tell: the constraints keep the first.
        Webhook.objects.bulk_create(webhooks, ignore_conflicts=True)
        rows = Webhook.objects.filter(activity__in=[webhook.activity_id for webhook in webhooks])
        deliveries = [_delivery(row, to, now) for row in rows.order_by("pk") for to in wanted[row.activity_id]]
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        if deliveries:
            wake_on_commit()


def wake_on_commit() -> None:
    """Have a worker send what waits once the transaction commits."""
    if not any(func is _wake for _, func, *_ in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    async_task("webhooks.tasks.deliver")


def _webhook(told: catalogue.Told, now: datetime) -> Webhook:
    return Webhook(
        lago_id=told.activity.lago_id,
        activity=told.activity,
        webhook_type=told.webhook_type,
        object_type=told.object_type,
        payload=MoneyJSONRenderer().render(told.body).decode(),
        created_at=now,
        updated_at=now,
    )


def _delivery(webhook: Webhook, endpoint: WebhookEndpoint, now: datetime) -> Delivery:
    return Delivery(
        webhook=webhook, endpoint=endpoint, asked_at=now, next_attempt_at=now, created_at=now, updated_at=now
    )
