from django.db import models
from django.db.models import F, Q

from billing_site.core.models import BaseModel
from customers.models import Customer, Tax
from invoicing.models.fees import Fee
from invoicing.models.invoices import Invoice, StoredDocument


class CreditNote(BaseModel):
    """
    What is given back of a final invoice, in minor units of its currency.

    The total goes three ways: credit (a balance that pays later invoices), refund (money paid back) and offset (less
    to be paid of the same invoice). A trigger freezes all but the balance, the states and the metadata.
    """

    class Reason(models.TextChoices):
        DUPLICATED_CHARGE = "duplicated_charge", "charged twice"
        PRODUCT_UNSATISFACTORY = "product_unsatisfactory", "not satisfied"
        ORDER_CHANGE = "order_change", "order changed"
        ORDER_CANCELLATION = "order_cancellation", "order cancelled"
        FRAUDULENT_CHARGE = "fraudulent_charge", "fraud"
        OTHER = "other", "other"

    class CreditStatus(models.TextChoices):
        AVAILABLE = "available", "available"
        CONSUMED = "consumed", "used up"
        VOIDED = "voided", "void"

    class RefundStatus(models.TextChoices):
        PENDING = "pending", "to be refunded"
        SUCCEEDED = "succeeded", "refunded"
        FAILED = "failed", "failed"

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credit_notes")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="credit_notes")
    # Names the act that made it; the unused part of a fee, for one, is credited once.
    operation_key = models.CharField(max_length=200, unique=True, editable=False)
    sequential_id = models.PositiveIntegerField(editable=False)  # among the notes of its invoice
    number = models.CharField(max_length=100)
    issuing_date = models.DateField()
    reason = models.CharField(max_length=30, choices=Reason.choices)
    description = models.CharField(max_length=600, blank=True)
    is_automatic = models.BooleanField("made by billing", default=False)
    credit_status = models.CharField("credit", max_length=10, choices=CreditStatus.choices, blank=True)
    refund_status = models.CharField("refund", max_length=10, choices=RefundStatus.choices, blank=True)
    currency = models.CharField(max_length=3)

    precise_coupons_adjustment_amount_cents = models.DecimalField(max_digits=30, decimal_places=5)
    sub_total_excluding_taxes_amount_cents = models.BigIntegerField()
    precise_sub_total_amount_cents = models.DecimalField(max_digits=30, decimal_places=5)
    taxes_amount_cents = models.BigIntegerField()
    precise_taxes_amount_cents = models.DecimalField(max_digits=30, decimal_places=5)
    taxes_rate = models.DecimalField(max_digits=12, decimal_places=5)
    total_amount_cents = models.BigIntegerField()
    credit_amount_cents = models.BigIntegerField()
    refund_amount_cents = models.BigIntegerField()
    offset_amount_cents = models.BigIntegerField()
    balance_amount_cents = models.BigIntegerField()  # what is left of the credit
    metadata = models.JSONField(null=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    refunded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "sequential_id"], name="credit_note_sequence_unique"),
            models.CheckConstraint(
                condition=Q(credit_amount_cents__gte=0, refund_amount_cents__gte=0, offset_amount_cents__gte=0),
                name="credit_note_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(balance_amount_cents__gte=0, balance_amount_cents__lte=F("credit_amount_cents")),
                name="credit_note_balance_in_credit",
            ),
            models.CheckConstraint(
                condition=Q(
                    total_amount_cents=F("credit_amount_cents") + F("refund_amount_cents") + F("offset_amount_cents")
                ),
                name="credit_note_goes_three_ways",
            ),
            models.CheckConstraint(
                condition=Q(total_amount_cents=F("sub_total_excluding_taxes_amount_cents") + F("taxes_amount_cents")),
                name="credit_note_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(balance_amount_cents=0) | Q(credit_status="available"), name="credit_note_balance_available"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="credit_note_newest"),
            models.Index(
                fields=["customer", "created_at", "id"],
                name="credit_note_available",
                condition=Q(balance_amount_cents__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CreditNoteItem(BaseModel):
    """How much of a fee is given back. A trigger keeps the items of a fee within its amount."""

    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="items")
    fee = models.ForeignKey(Fee, models.PROTECT, related_name="credit_note_items")
    amount_cents = models.BigIntegerField()
    precise_amount_cents = models.DecimalField(max_digits=30, decimal_places=5)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_cents__gte=0), name="credit_item_not_negative")]

    def __str__(self) -> str:
        return f"{self.amount_cents} of {self.fee_id}"


class CreditNoteTax(models.Model):
    """What a note gives back of one tax, rounded alone (rule M111); the note's own figure is the legal one."""

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField(unique=True)
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="taxes")
    tax = models.ForeignKey(Tax, models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=600, blank=True)
    rate = models.DecimalField(max_digits=12, decimal_places=5)
    amount_cents = models.BigIntegerField()
    base_amount_cents = models.BigIntegerField()
    created_at = models.DateTimeField()

    objects = models.Manager()

    def __str__(self) -> str:
        return f"{self.name} {self.rate}"


class CreditNoteUse(models.Model):
    """What the balance of a note has paid of a later invoice of the same customer (rule M110)."""

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField(unique=True)
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="uses")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credit_note_uses")
    amount_cents = models.BigIntegerField()
    created_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "credit_note"], name="credit_note_once_on_invoice"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="credit_use_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} by {self.credit_note_id}"


class CreditNoteDocument(StoredDocument):
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="documents")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credit_note", "version"], name="credit_note_document_version")]


class CreditNoteXml(StoredDocument):
    """The e-invoice of a credit note, as `InvoiceXml`."""

    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="xml_documents")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credit_note", "version"], name="credit_note_xml_version")]
