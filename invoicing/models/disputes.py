from django.db import models
from django.db.models import F, Q

from billing_site.core.models import BaseModel
from customers.models import PaymentProvider
from invoicing.models.payments import Payment


class Dispute(BaseModel):
    """
    A customer's bank asks a payment back. The provider decides and takes the money meanwhile: amounts in minor units.

    `withdrawn_amount_cents` is what is not with us: all of it from when the bank takes it until it gives it back. It
    stands in the journal as disputed, and as a loss once the dispute is lost.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        WON = "won", "won"
        LOST = "lost", "lost"
        CLOSED = "closed", "closed: only asked about"

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    provider = models.ForeignKey(PaymentProvider, models.PROTECT, related_name="disputes")
    provider_dispute_id = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=State.choices)
    provider_status = models.CharField(max_length=50)  # the provider's own word
    reason = models.CharField(max_length=100, blank=True)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    withdrawn_amount_cents = models.BigIntegerField(default=0)
    movements = models.PositiveSmallIntegerField(default=0, editable=False)  # how often its money has moved
    respond_by = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_dispute_id"], name="dispute_once"),
            models.CheckConstraint(
                condition=Q(withdrawn_amount_cents__gte=0, withdrawn_amount_cents__lte=F("amount_cents")),
                name="dispute_withdrawn_within",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="dispute_says_when_it_was_closed",
            ),
        ]
        indexes = [models.Index(fields=["id"], name="dispute_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return self.provider_dispute_id

    @property
    def customer_id(self) -> int:
        """Whose payment is asked back."""
        return self.payment.customer_id
