from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel, DeletableModel


class WebhookEndpoint(DeletableModel):
    """
    An address that is told what happens.

    `secret` is encrypted (core/encryption.py). One that fails is left in peace until `quiet_until`; after days of
    nothing but failures it is parked: what is told then waits until staff let it go on.
    """

    class Algorithm(models.TextChoices):
        JWT = "jwt", "JWT (RS256)"
        HMAC = "hmac", "HMAC-SHA256"

    class State(models.TextChoices):
        ACTIVE = "active", "active"
        PARKED = "parked", "failed, needs attention"

    webhook_url = models.CharField("address", max_length=2048)
    name = models.CharField(max_length=255, blank=True)
    signature_algo = models.CharField("signed by", max_length=4, choices=Algorithm.choices, default=Algorithm.JWT)
    event_types = models.JSONField("is told of", null=True, blank=True)  # a list of webhook types; null means all
    secret = models.TextField(editable=False)
    previous_secret = models.TextField(blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, editable=False)  # signs besides the new one until then
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    failures = models.PositiveIntegerField("failures in a row", default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    quiet_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = "webhook endpoint"
        constraints = [
            models.UniqueConstraint(
                fields=["webhook_url"], condition=Q(deleted_at=None), name="webhook_url_unique_among_live"
            ),
            models.CheckConstraint(
                condition=Q(event_types=None) | ~Q(event_types=[]), name="webhook_endpoint_wants_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.webhook_url


class SigningKey(BaseModel):
    """The key pair of JWT signatures: one row. The private part is encrypted (core/encryption.py)."""

    private_key = models.TextField()
    public_key = models.TextField()  # PEM
    is_only_row = models.BooleanField(default=True, editable=False, unique=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(is_only_row=True), name="webhooks_one_signing_key")]

    def __str__(self) -> str:
        return "signing key"
