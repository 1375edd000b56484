from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel
from customers.models import PaymentProvider


class InboundEvent(BaseModel):
    """What a provider told us, as it came and once for ever; only that something happened is believed of it."""

    class State(models.TextChoices):
        PENDING = "pending", "waits"
        HANDLED = "handled", "handled"
        IGNORED = "ignored", "of no concern"
        PARKED = "parked", "failed, needs attention"

    provider = models.ForeignKey(PaymentProvider, models.PROTECT, related_name="inbound_events")
    event_id = models.CharField(max_length=255)
    event_type = models.CharField(max_length=255)
    body = models.JSONField(encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="inbound_event_once")]
        indexes = [
            models.Index(fields=["next_attempt_at", "id"], name="inbound_event_due", condition=Q(state="pending"))
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"
