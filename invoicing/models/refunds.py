from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel
from invoicing.models.credit_notes import CreditNote
from invoicing.models.payments import Payment


class Refund(BaseModel):
    """
    Money of a payment that a provider is to give back: for a credit note, or without one what nothing was due for.

    A trigger keeps it within the payment, and without a note within what of the payment is unapplied.
    """

    class State(models.TextChoices):
        CREATED = "created", "about to be given back"
        SENDING = "sending", "being given back"
        UNKNOWN = "unknown", "unknown: the provider did not answer"
        PROCESSING = "processing", "on its way"
        SUCCEEDED = "succeeded", "given back"
        FAILED = "failed", "failed"

    LIVE = (State.CREATED, State.SENDING, State.UNKNOWN, State.PROCESSING)

    credit_note = models.ForeignKey(CreditNote, models.PROTECT, null=True, related_name="refunds")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount_cents = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    provider_refund_id = models.CharField(max_length=255, blank=True)
    error_message = models.TextField(blank=True)
    first_sent_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    next_attempt_at = models.DateTimeField(null=True, editable=False)
    lease_token = models.UUIDField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credit_note", "payment"], name="refund_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_positive"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], name="refund_due", condition=Q(next_attempt_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"Refund {self.lago_id}"

    @property
    def customer_id(self) -> int:
        """Who gets it."""
        return self.payment.customer_id

    @property
    def idempotency_key(self) -> str:
        """What makes the provider give it back once; stored with the row before the call."""
        return f"refund-{self.lago_id}"
