from django.db import models
from django.db.models import F, Q

from billing_site.core.models import BaseModel
from credits.models import AppliedCoupon
from customers.models import BillingEntity, Customer, Tax
from plans.models import Subscription


class Invoice(BaseModel):
    """
    What a customer owes. All `*_cents` are minor units of `currency`.

    A trigger freezes it once it is final: only payment, dispute, void and file columns move after.
    """

    class Type(models.TextChoices):
        SUBSCRIPTION = "subscription", "subscription"
        ONE_OFF = "one_off", "one-off"
        CREDIT = "credit", "credits bought"
        ADVANCE_CHARGES = "advance_charges", "charges paid in advance"
        PROGRESSIVE_BILLING = "progressive_billing", "usage threshold"

    class Status(models.TextChoices):
        DRAFT = "draft", "draft"
        OPEN = "open", "waits for payment"  # credits that count once paid: hidden from lists and without number
        FINALIZED = "finalized", "final"
        VOIDED = "voided", "void"
        DELETED = "deleted", "deleted"  # a draft that was taken back: hidden, and its time is not billed again
        CLOSED = "closed", "nothing due"  # over zero, and zero is not issued: hidden from lists (rule M141)

    class PaymentStatus(models.TextChoices):
        PENDING = "pending", "open"
        SUCCEEDED = "succeeded", "paid"
        FAILED = "failed", "failed"

    # Found by the indexes below that begin with them.
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="invoices")
    billing_entity = models.ForeignKey(BillingEntity, models.PROTECT, db_index=False, related_name="invoices")
    invoice_type = models.CharField("type", max_length=20, choices=Type.choices)
    status = models.CharField(max_length=10, choices=Status.choices)
    payment_status = models.CharField("payment", max_length=10, choices=PaymentStatus.choices)
    # Names the act that made it, from our own ids: the same act cannot make two invoices (reliability L6).
    operation_key = models.CharField(max_length=200, unique=True, editable=False)

    number = models.CharField(max_length=80, blank=True)
    series = models.CharField(max_length=120, blank=True, editable=False)  # the counter that gave `sequential_id`
    sequential_id = models.BigIntegerField(null=True, editable=False)
    entity_sequential_id = models.BigIntegerField(null=True, editable=False)
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=64)
    locale = models.CharField(max_length=10, default="en")
    issuing_date = models.DateField()
    expected_finalization_date = models.DateField()
    payment_due_date = models.DateField()
    net_payment_term = models.PositiveSmallIntegerField(default=0)
    finalized_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    payment_dispute_lost_at = models.DateTimeField(null=True, blank=True)
    payment_overdue = models.BooleanField("overdue", default=False)
    purchase_order_number = models.CharField(max_length=255, blank=True)
    # With what it is paid, as what it bills says: a reference (customers.selectors.payment_methods).
    payment_method = models.JSONField(null=True, blank=True)
    self_billed = models.BooleanField(default=False)

    fees_amount_cents = models.BigIntegerField(default=0)
    progressive_billing_credit_amount_cents = models.BigIntegerField(default=0)
    coupons_amount_cents = models.BigIntegerField(default=0)
    sub_total_excluding_taxes_amount_cents = models.BigIntegerField(default=0)
    taxes_amount_cents = models.BigIntegerField(default=0)
    taxes_rate = models.DecimalField(max_digits=12, decimal_places=5, default=0)
    sub_total_including_taxes_amount_cents = models.BigIntegerField(default=0)
    credit_notes_amount_cents = models.BigIntegerField(default=0)
    prepaid_credit_amount_cents = models.BigIntegerField(default=0)
    prepaid_granted_credit_amount_cents = models.BigIntegerField(null=True, blank=True)
    prepaid_purchased_credit_amount_cents = models.BigIntegerField(null=True, blank=True)
    total_amount_cents = models.BigIntegerField(default=0)
    total_paid_amount_cents = models.BigIntegerField(default=0)  # by payments: the sum of their allocations
    offset_amount_cents = models.BigIntegerField(default=0)  # credit notes set off against it
    # Seller and buyer as they were when it became final: nothing printed is read from anywhere else.
    seller = models.JSONField(default=dict)
    buyer = models.JSONField(default=dict)
    custom_sections = models.JSONField(default=list, editable=False)

    class Meta:
        constraints = [
            # What the keys of fees point to.
            models.UniqueConstraint(fields=["id", "customer"], name="invoice_of_one_customer"),
            models.UniqueConstraint(fields=["series", "sequential_id"], name="invoice_series_unique"),
            models.UniqueConstraint(
                fields=["billing_entity", "entity_sequential_id"], name="invoice_entity_sequence_unique"
            ),
            models.UniqueConstraint(
                fields=["billing_entity", "number"], condition=~Q(number=""), name="invoice_number_unique"
            ),
            models.CheckConstraint(
                condition=(Q(status__in=["finalized", "voided"]) & ~Q(number="") & Q(sequential_id__isnull=False))
                | (~Q(status__in=["finalized", "voided"]) & Q(number="", sequential_id=None)),
                name="invoice_number_when_final",
            ),
            models.CheckConstraint(
                condition=Q(
                    sub_total_excluding_taxes_amount_cents=F("fees_amount_cents")
                    - F("progressive_billing_credit_amount_cents")
                    - F("coupons_amount_cents")
                ),
                name="invoice_subtotal_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    sub_total_including_taxes_amount_cents=F("sub_total_excluding_taxes_amount_cents")
                    + F("taxes_amount_cents")
                ),
                name="invoice_gross_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    total_amount_cents=F("sub_total_including_taxes_amount_cents")
                    - F("credit_notes_amount_cents")
                    - F("prepaid_credit_amount_cents")
                ),
                name="invoice_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(offset_amount_cents__gte=0, total_paid_amount_cents__gte=0), name="invoice_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(total_amount_cents__gte=F("total_paid_amount_cents") + F("offset_amount_cents")),
                name="invoice_paid_within_total",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-issuing_date", "-id"], name="invoice_of_customer"),
            models.Index(fields=["-issuing_date", "-created_at", "-id"], name="invoice_newest"),
            models.Index(fields=["number"], name="invoice_by_number"),
            models.Index(fields=["expected_finalization_date"], name="invoice_drafts", condition=Q(status="draft")),
            models.Index(
                fields=["payment_due_date"],
                name="invoice_unpaid",
                condition=Q(status="finalized") & ~Q(payment_status="succeeded"),
            ),
        ]

    def __str__(self) -> str:
        return self.number or "Draft invoice"

    @property
    def total_due_amount_cents(self) -> int:
        """What is still to be paid, in minor units."""
        return self.total_amount_cents - self.total_paid_amount_cents - self.offset_amount_cents


class InvoiceSubscription(models.Model):
    """Which time of which subscription an invoice bills (shown as Lago's billing_periods)."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(  # the constraint below finds them
        Invoice, models.CASCADE, db_index=False, related_name="invoice_subscriptions"
    )
    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="invoice_subscriptions")
    name = models.CharField(max_length=255, blank=True)  # what the subscription was called then
    invoicing_reason = models.CharField(max_length=40)
    billed_at = models.DateTimeField()  # the boundary that made it due
    from_at = models.DateTimeField()  # the plan fee's time, half-open
    to_at = models.DateTimeField()
    charges_from_at = models.DateTimeField(null=True)
    charges_to_at = models.DateTimeField(null=True)
    fixed_charges_from_at = models.DateTimeField(null=True)
    fixed_charges_to_at = models.DateTimeField(null=True)

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "subscription"], name="invoice_subscription_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} on {self.invoice_id}"


class InvoiceTax(models.Model):
    """What an invoice owes of one tax, with the tax as it was. The rows add up to the invoice's taxes."""

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField(unique=True)
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="taxes")
    # Taxes stay for ever, by a trigger of theirs.
    tax = models.ForeignKey(Tax, models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+")
    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=600, blank=True)
    rate = models.DecimalField(max_digits=12, decimal_places=5)
    amount_cents = models.BigIntegerField()
    fees_amount_cents = models.BigIntegerField()  # the base
    created_at = models.DateTimeField()

    objects = models.Manager()

    def __str__(self) -> str:
        return f"{self.name} {self.rate}"


class InvoiceCredit(models.Model):
    """What a coupon took off an invoice before taxes, in minor units."""

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField(unique=True)
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="credits")
    applied_coupon = models.ForeignKey(AppliedCoupon, models.PROTECT, related_name="credits")
    name = models.CharField(max_length=255, blank=True)  # what the coupon was called then
    amount_cents = models.BigIntegerField()
    created_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "applied_coupon"], name="invoice_coupon_once"),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="invoice_credit_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} by coupon {self.applied_coupon_id}"


class InvoiceMetadata(BaseModel):
    """A fact that an integrator keeps with an invoice."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="metadata")
    key = models.CharField(max_length=20)
    value = models.CharField(max_length=140)

    class Meta:
        verbose_name_plural = "metadata"
        constraints = [models.UniqueConstraint(fields=["invoice", "key"], name="invoice_metadata_key_unique")]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"


class StoredDocument(BaseModel):
    """A file made from a document's row alone. A newer version stands beside it, never over it."""

    version = models.PositiveSmallIntegerField(default=1)
    path = models.CharField(max_length=255)  # in the default storage
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.path


class InvoiceDocument(StoredDocument):
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="documents")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "version"], name="invoice_document_version")]


class InvoiceXml(StoredDocument):
    """The e-invoice beside the PDF (UBL); it never changes, so its version stays the first."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="xml_documents")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "version"], name="invoice_xml_version")]
