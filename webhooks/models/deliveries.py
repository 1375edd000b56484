from django.db import models
from django.db.models import Q

from billing_site.core.models import Activity, BaseModel
from webhooks.models.endpoints import WebhookEndpoint


class Webhook(BaseModel):
    """
    What is told of one activity, built once and then only sent (a trigger refuses changes).

    Its `lago_id` is the activity's: the id that receivers see is fixed in the transaction of the thing itself. The
    activity's key is the number in order: of two webhooks about one object, the higher one is the later news.
    """

    activity = models.OneToOneField(Activity, models.PROTECT, related_name="webhook")
    webhook_type = models.CharField("type", max_length=80)
    object_type = models.CharField(max_length=80)
    payload = models.TextField()  # the bytes that are sent, as UTF-8

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="webhook_oldest")]

    def __str__(self) -> str:
        return f"{self.webhook_type} {self.activity.subject_label}"


class Delivery(BaseModel):
    """A webhook on its way to one endpoint: at least once, by whoever holds the lease."""

    class State(models.TextChoices):
        PENDING = "pending", "waiting"
        DELIVERED = "delivered", "delivered"
        PARKED = "parked", "failed, needs attention"

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()  # since when it is tried: when it was told, or staff had it sent again
    next_attempt_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["webhook", "endpoint"], name="webhook_told_once_to_an_endpoint"),
            models.CheckConstraint(
                condition=Q(state="delivered", delivered_at__isnull=False) | ~Q(state="delivered"),
                name="delivery_delivered_at_some_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at", "id"], name="delivery_pending", condition=Q(state="pending")
            ),
            models.Index(fields=["state", "-id"], name="delivery_state"),
        ]

    def __str__(self) -> str:
        return f"{self.webhook.webhook_type} to {self.endpoint}"


class Attempt(models.Model):
    """One try to deliver, as it went. `status` is null where no answer came."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()
    error = models.CharField(max_length=300, blank=True)
    response = models.TextField(blank=True)  # the beginning of the answer's body

    objects = models.Manager()

    def __str__(self) -> str:
        return f"{self.status or self.error}"
