from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel
from customers.models import PaymentProvider
from invoicing.models.disputes import Dispute
from invoicing.models.payments import Payment
from invoicing.models.refunds import Refund


class ProviderRecord(BaseModel):
    """
    What a provider's book says of a charge, refund or dispute, in minor units, as last compared with ours (I17).

    A difference waits for staff until it is gone or one of them accepts it with a reason.
    """

    class Kind(models.TextChoices):
        CHARGE = "charge", "charge"
        REFUND = "refund", "refund"
        DISPUTE = "dispute", "dispute"

    class Difference(models.TextChoices):
        NONE = "", "–"
        UNKNOWN = "unknown", "we do not know of it"
        MISSING = "missing", "the provider does not know of it"
        AMOUNT = "amount", "another amount or currency"
        STATE = "state", "it happened there or here, not both"

    provider = models.ForeignKey(PaymentProvider, models.PROTECT, related_name="records")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    object_id = models.CharField(max_length=255)
    status = models.CharField(max_length=50, blank=True)  # the provider's own word
    amount_cents = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="records")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, related_name="records")
    dispute = models.ForeignKey(Dispute, models.PROTECT, null=True, related_name="records")
    difference = models.CharField(max_length=10, choices=Difference.choices, blank=True)
    compared_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_because = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "entry of a provider's book"
        verbose_name_plural = "providers' books"
        constraints = [
            models.UniqueConstraint(fields=["provider", "kind", "object_id"], name="provider_record_once"),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | (~Q(difference="") & ~Q(accepted_because="")),
                name="provider_record_accepted_because",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="provider_record_differs", condition=~Q(difference="") & Q(accepted_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.object_id}"

    @property
    def customer_id(self) -> int | None:
        """Whose money it is about, if we know."""
        return self.payment.customer_id if self.payment else None
