from django.db import models
from django.db.models import F, Q

from billing_site.core.models import BaseModel
from credits.models.wallets import DEFAULT_PRIORITY, Wallet


class WalletTransaction(BaseModel):
    """
    Credits that came into a wallet or left it, in minor units and credits; both are positive.

    Append-only: a trigger refuses changes to what it says. A pending one is settled or fails once; when it settles it
    takes its place in the wallet's sequence. `remaining_*` of credits that came in says what nobody has used yet.
    """

    class Type(models.TextChoices):
        INBOUND = "inbound", "in"
        OUTBOUND = "outbound", "out"

    class Status(models.TextChoices):
        PENDING = "pending", "waits for payment"
        SETTLED = "settled", "settled"
        FAILED = "failed", "failed"

    class TransactionStatus(models.TextChoices):
        PURCHASED = "purchased", "bought"
        GRANTED = "granted", "granted"
        VOIDED = "voided", "taken away"
        INVOICED = "invoiced", "paid an invoice"

    class Source(models.TextChoices):
        MANUAL = "manual", "by hand"
        INTERVAL = "interval", "by its rule, each period"
        THRESHOLD = "threshold", "by its rule, when little was left"

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="transactions")
    transaction_type = models.CharField("direction", max_length=10, choices=Type.choices)
    status = models.CharField(max_length=10, choices=Status.choices)
    transaction_status = models.CharField("kind", max_length=10, choices=TransactionStatus.choices)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.MANUAL)
    amount_cents = models.BigIntegerField("amount")
    credit_amount = models.DecimalField("credits", max_digits=30, decimal_places=5)
    remaining_amount_cents = models.BigIntegerField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=DEFAULT_PRIORITY)  # 1 is used first
    sequence = models.BigIntegerField(null=True, blank=True)
    balance_after_cents = models.BigIntegerField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(max_length=255, blank=True)
    metadata = models.JSONField(default=list, blank=True)
    purchase_order_number = models.CharField(max_length=255, blank=True)
    invoice_requires_successful_payment = models.BooleanField(default=False)
    payment_method = models.JSONField(null=True, blank=True)
    # Documents of the floor above, by their public ids.
    invoice_id = models.UUIDField(null=True, blank=True)
    voided_invoice_id = models.UUIDField(null=True, blank=True)
    credit_note_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wallet", "sequence"], name="wallet_sequence_unique"),
            # An invoice takes from a wallet once, and gives back once (rules M96 and M103).
            models.UniqueConstraint(
                fields=["wallet", "invoice_id"],
                condition=Q(transaction_status="invoiced"),
                name="wallet_pays_invoice_once",
            ),
            models.UniqueConstraint(
                fields=["wallet", "voided_invoice_id"],
                condition=Q(voided_invoice_id__isnull=False),
                name="wallet_given_back_once",
            ),
            models.CheckConstraint(
                condition=Q(amount_cents__gte=0, credit_amount__gte=0, credit_amount__lt=10**24),
                name="wallet_transaction_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(remaining_amount_cents=None)
                | Q(remaining_amount_cents__gte=0, remaining_amount_cents__lte=F("amount_cents")),
                name="wallet_transaction_not_overused",
            ),
            models.CheckConstraint(
                condition=Q(status="settled", sequence__isnull=False, balance_after_cents__gte=0)
                | (~Q(status="settled") & Q(sequence=None, balance_after_cents=None)),
                name="wallet_transaction_in_sequence",
            ),
        ]
        indexes = [
            models.Index(fields=["wallet", "-created_at", "-id"], name="wallet_transaction_newest"),
            models.Index(
                fields=["wallet", "priority", "created_at"],
                name="wallet_transaction_usable",
                condition=Q(remaining_amount_cents__gt=0),
            ),
            models.Index(fields=["wallet"], name="wallet_transaction_pending", condition=Q(status="pending")),
            models.Index(
                fields=["invoice_id"], name="wallet_transaction_invoice", condition=Q(invoice_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credit_amount:f} credits {self.get_transaction_status_display()}"

    @property
    def customer_id(self) -> int:
        """The key of the customer whose wallet it is."""
        return int(self.wallet.customer_id)


class WalletConsumption(models.Model):
    """What credits that left a wallet were taken from, in minor units. Append-only."""

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField(unique=True)
    inbound = models.ForeignKey(WalletTransaction, models.PROTECT, related_name="consumptions")
    outbound = models.ForeignKey(WalletTransaction, models.PROTECT, related_name="fundings")
    amount_cents = models.BigIntegerField()
    created_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inbound", "outbound"], name="wallet_consumption_unique"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="wallet_consumption_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} of {self.inbound_id} for {self.outbound_id}"
