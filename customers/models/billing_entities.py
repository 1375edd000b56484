from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel
from customers.models.custom_sections import InvoiceCustomSection
from customers.models.dunning import DunningCampaign
from customers.models.taxes import Tax


class IssuingDateAnchor(models.TextChoices):
    CURRENT_PERIOD_END = "current_period_end", "the last day of the period"
    NEXT_PERIOD_START = "next_period_start", "the first day of the next period"


class IssuingDateAdjustment(models.TextChoices):
    KEEP_ANCHOR = "keep_anchor", "stays when the invoice is finalised later"
    ALIGN = "align_with_finalization_date", "moves to the day of finalisation"


class Address(models.Model):
    """Where someone is; countries are ISO 3166-1 alpha-2."""

    address_line1 = models.CharField(max_length=255, blank=True)
    address_line2 = models.CharField(max_length=255, blank=True)
    zipcode = models.CharField("postal code", max_length=40, blank=True)
    city = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=255, blank=True)
    country = models.CharField(max_length=2, blank=True)

    class Meta:
        abstract = True


class BillingEntity(Address, BaseModel):
    """A legal person of the company: it sells, numbers its invoices and owes the taxes on them."""

    class Numbering(models.TextChoices):
        # The API's words; "per_organization" is Lago's older word for one series of the entity.
        PER_CUSTOMER = "per_customer", "one series for each customer"
        PER_ENTITY = "per_billing_entity", "one series for the whole entity"

    class LateUsage(models.TextChoices):
        LIST = "list", "is listed, never billed"
        NEXT_INVOICE = "next_invoice", "goes onto the next invoice"
        IGNORE = "ignore", "is neither billed nor listed"

    code = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255)
    legal_name = models.CharField(max_length=255, blank=True)
    legal_number = models.CharField("registration number", max_length=255, blank=True)
    tax_identification_number = models.CharField("tax id", max_length=255, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=60, blank=True)
    logo = models.FileField(upload_to="logos", blank=True)
    is_default = models.BooleanField(default=False, editable=False)

    default_currency = models.CharField(max_length=3, default="USD")
    timezone = models.CharField(max_length=64, default="UTC")
    document_locale = models.CharField("language of documents", max_length=10, default="en")
    document_numbering = models.CharField(max_length=20, choices=Numbering.choices, default=Numbering.PER_CUSTOMER)
    document_number_prefix = models.CharField(max_length=10)
    finalize_zero_amount_invoice = models.BooleanField("issue invoices over zero", default=True)
    invoice_grace_period = models.PositiveSmallIntegerField("days as a draft", default=0)
    net_payment_term = models.PositiveSmallIntegerField("days to pay", default=0)
    subscription_invoice_issuing_date_anchor = models.CharField(
        max_length=30, choices=IssuingDateAnchor.choices, default=IssuingDateAnchor.NEXT_PERIOD_START
    )
    subscription_invoice_issuing_date_adjustment = models.CharField(
        max_length=40, choices=IssuingDateAdjustment.choices, default=IssuingDateAdjustment.ALIGN
    )
    # Usage that comes in after the invoice of its time is final.
    late_usage = models.CharField(max_length=20, choices=LateUsage.choices, default=LateUsage.LIST)
    payment_instructions = models.TextField(
        "how to pay", blank=True, help_text="Bank account and the like, as printed."
    )
    invoice_footer = models.TextField(blank=True)
    email_settings = models.JSONField(default=list, blank=True)  # which documents are mailed, e.g. invoice.finalized
    einvoicing = models.BooleanField(default=False)
    eu_tax_management = models.BooleanField("EU tax rules", default=False)
    taxes = models.ManyToManyField(Tax, blank=True, related_name="billing_entities")
    dunning_campaign = models.ForeignKey(
        DunningCampaign, models.PROTECT, null=True, blank=True, related_name="billing_entities"
    )
    invoice_custom_sections = models.ManyToManyField(InvoiceCustomSection, blank=True, related_name="billing_entities")

    class Meta:
        verbose_name_plural = "billing entities"
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="entity_one_default"),
        ]

    def __str__(self) -> str:
        return self.name
