from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel
from customers.models import BillingEntity, Customer, DunningCampaign, PaymentMethod, PaymentProvider
from invoicing.models.invoices import Invoice


class Payment(BaseModel):
    """
    Money that a customer pays, or is asked to pay, in minor units of `currency`.

    Amount and payer are frozen from the start, the outcome once it is final (triggers). What a payment that succeeded
    pays of which invoice are its allocations; what nothing was due for any more stays on it, to be given back.
    """

    class Type(models.TextChoices):
        PROVIDER = "provider", "by a provider"
        MANUAL = "manual", "recorded by hand"

    class State(models.TextChoices):
        CREATED = "created", "about to be charged"
        SENDING = "sending", "being charged"
        REQUIRES_ACTION = "requires_action", "waits for the customer"
        PROCESSING = "processing", "on its way"
        UNKNOWN = "unknown", "unknown: the provider did not answer"
        SUCCEEDED = "succeeded", "paid"
        FAILED = "failed", "failed"
        CANCELED = "canceled", "canceled"

    LIVE = (State.CREATED, State.SENDING, State.REQUIRES_ACTION, State.PROCESSING, State.UNKNOWN)

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payments")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments")
    # All that is due of a request is paid at once; `invoice` is then the first of its invoices.
    payment_request = models.ForeignKey("PaymentRequest", models.PROTECT, null=True, related_name="payments")
    payment_type = models.CharField("type", max_length=10, choices=Type.choices)
    state = models.CharField(max_length=20, choices=State.choices)
    amount_cents = models.BigIntegerField()
    unapplied_amount_cents = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=40, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    provider = models.ForeignKey(PaymentProvider, models.PROTECT, null=True, related_name="payments")
    payment_method = models.ForeignKey(PaymentMethod, models.PROTECT, null=True, related_name="payments")
    provider_customer_id = models.CharField(max_length=255, blank=True)
    provider_method_id = models.CharField(max_length=255, blank=True)
    provider_payment_id = models.CharField(max_length=255, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    next_action = models.JSONField(default=dict)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    first_sent_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    next_attempt_at = models.DateTimeField(null=True, editable=False)  # when the worker looks at it again
    lease_token = models.UUIDField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=Q(payment_type="manual", provider=None) | Q(payment_type="provider", provider__isnull=False),
                name="payment_has_its_provider",
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(state__in=["created", "sending", "requires_action", "processing", "unknown"]),
                name="payment_one_live",
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_payment_id"],
                condition=~Q(provider_payment_id=""),
                name="payment_provider_id_unique",
            ),
            models.CheckConstraint(condition=Q(unapplied_amount_cents__gte=0), name="payment_unapplied_not_negative"),
            models.CheckConstraint(
                condition=~Q(payment_type="manual") | (Q(state="succeeded") & ~Q(reference="")),
                name="payment_by_hand_is_done",
            ),
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(paid_at__isnull=False), name="payment_says_when_it_was_paid"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="payment_newest"),
            models.Index(fields=["customer", "-created_at", "-id"], name="payment_of_customer"),
            models.Index(
                fields=["next_attempt_at", "id"], name="payment_due", condition=Q(next_attempt_at__isnull=False)
            ),
            models.Index(fields=["id"], name="payment_unapplied", condition=Q(unapplied_amount_cents__gt=0)),
        ]

    def __str__(self) -> str:
        return self.reference or f"Payment {self.lago_id}"

    @property
    def idempotency_key(self) -> str:
        """What makes the provider charge it once; stored with the row before the call."""
        return f"payment-{self.lago_id}"


class PaymentAllocation(models.Model):
    """What a payment that succeeded has paid of an invoice. Rows are added and never change (trigger)."""

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payment_allocations")
    amount_cents = models.BigIntegerField()
    created_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "invoice"], name="allocation_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="allocation_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} of {self.invoice_id}"


class PaymentReceipt(BaseModel):
    """The written word that a payment came in; numbered for each customer. Its PDF is made when first needed."""

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="receipt")
    number = models.CharField(max_length=80, unique=True)
    sequential_id = models.BigIntegerField(editable=False)
    path = models.CharField(max_length=255, blank=True)  # in the default storage
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"], name="receipt_newest")]

    def __str__(self) -> str:
        return self.number

    @property
    def customer_id(self) -> int:
        """Whose payment it confirms."""
        return self.payment.customer_id


class PaymentRequest(BaseModel):
    """What a customer is asked to pay for several overdue invoices at once, in minor units."""

    class Status(models.TextChoices):
        PENDING = "pending", "open"
        SUCCEEDED = "succeeded", "paid"
        FAILED = "failed", "failed"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payment_requests")
    billing_entity = models.ForeignKey(BillingEntity, models.PROTECT, related_name="+")
    email = models.CharField(max_length=1000, blank=True)  # several are parted by commas
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payment_status = models.CharField("payment", max_length=10, choices=Status.choices, default=Status.PENDING)
    dunning_campaign = models.ForeignKey(DunningCampaign, models.PROTECT, null=True, related_name="payment_requests")
    invoices = models.ManyToManyField(Invoice, through="PaymentRequestInvoice", related_name="payment_requests")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_request_positive")]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="payment_request_newest"),
            models.Index(fields=["customer", "-created_at", "-id"], name="payment_request_of_customer"),
        ]

    def __str__(self) -> str:
        return f"Request of {self.created_at:%Y-%m-%d}"

    @property
    def recipients(self) -> list[str]:
        """The addresses that are asked."""
        return [address.strip() for address in self.email.split(",") if address.strip()]


class PaymentRequestInvoice(models.Model):
    """An invoice that a request asks for, and what was due of it then."""

    id = models.BigAutoField(primary_key=True)
    payment_request = models.ForeignKey(PaymentRequest, models.PROTECT, related_name="items")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payment_request_items")
    amount_cents = models.BigIntegerField()

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment_request", "invoice"], name="payment_request_invoice_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_request_item_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} of {self.invoice_id}"
