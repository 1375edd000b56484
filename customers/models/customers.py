from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel, DeletableModel
from customers.models.billing_entities import Address, BillingEntity, IssuingDateAdjustment, IssuingDateAnchor
from customers.models.custom_sections import InvoiceCustomSection
from customers.models.dunning import DunningCampaign
from customers.models.taxes import Tax


class Customer(Address, DeletableModel):
    """A buyer. What is null or blank here is inherited from the billing entity."""

    class AccountType(models.TextChoices):
        CUSTOMER = "customer", "customer"
        PARTNER = "partner", "partner"

    class CustomerType(models.TextChoices):
        COMPANY = "company", "company"
        INDIVIDUAL = "individual", "individual"

    class ZeroAmount(models.TextChoices):
        INHERIT = "inherit", "as the billing entity says"
        SKIP = "skip", "not issued"
        FINALIZE = "finalize", "issued"

    external_id = models.CharField("customer id", max_length=255, help_text="The id in your own systems.")
    billing_entity = models.ForeignKey(BillingEntity, models.PROTECT, related_name="customers")
    sequential_id = models.BigIntegerField(editable=False)
    slug = models.CharField(max_length=40, editable=False, unique=True)
    account_type = models.CharField(max_length=10, choices=AccountType.choices, default=AccountType.CUSTOMER)
    customer_type = models.CharField(max_length=10, choices=CustomerType.choices, blank=True)

    name = models.CharField(max_length=255, blank=True)
    firstname = models.CharField(max_length=255, blank=True)
    lastname = models.CharField(max_length=255, blank=True)
    legal_name = models.CharField(max_length=255, blank=True)
    legal_number = models.CharField("registration number", max_length=255, blank=True)
    tax_identification_number = models.CharField("tax id", max_length=255, blank=True)
    # Several addresses may stand here, separated by commas, as Lago has it.
    email = models.CharField(max_length=1000, blank=True)
    phone = models.CharField(max_length=255, blank=True)
    url = models.CharField(max_length=500, blank=True)
    logo_url = models.CharField(max_length=500, blank=True)
    shipping_address = models.JSONField(default=dict, blank=True)  # the six keys of an address

    currency = models.CharField(max_length=3, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    document_locale = models.CharField("language of documents", max_length=10, blank=True)
    invoice_grace_period = models.PositiveSmallIntegerField("days as a draft", null=True, blank=True)
    net_payment_term = models.PositiveSmallIntegerField("days to pay", null=True, blank=True)
    finalize_zero_amount_invoice = models.CharField(
        "invoices over zero", max_length=10, choices=ZeroAmount.choices, default=ZeroAmount.INHERIT
    )
    subscription_invoice_issuing_date_anchor = models.CharField(
        max_length=30, choices=IssuingDateAnchor.choices, blank=True
    )
    subscription_invoice_issuing_date_adjustment = models.CharField(
        max_length=40, choices=IssuingDateAdjustment.choices, blank=True
    )
    skip_invoice_custom_sections = models.BooleanField(default=False)
    external_salesforce_id = models.CharField(max_length=255, blank=True)
    payment_provider = models.CharField(max_length=20, blank=True)
    payment_provider_code = models.CharField(max_length=255, blank=True)
    provider_customer_id = models.CharField(max_length=255, blank=True)
    # Links to the portal and visits of it name this number; raising it ends all that were begun before.
    portal_generation = models.PositiveIntegerField(default=0, editable=False)
    taxes = models.ManyToManyField(Tax, blank=True, related_name="customers")
    dunning_campaign = models.ForeignKey(
        DunningCampaign, models.PROTECT, null=True, blank=True, related_name="customers"
    )
    exclude_from_dunning_campaign = models.BooleanField("never reminded", default=False)
    invoice_custom_sections = models.ManyToManyField(InvoiceCustomSection, blank=True, related_name="customers")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"], condition=Q(deleted_at=None), name="customer_external_id_unique"
            ),
            models.UniqueConstraint(fields=["sequential_id"], name="customer_sequence_unique"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="customer_newest"),
            models.Index(fields=["name", "id"], name="customer_name"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What people call this customer."""
        return self.name or f"{self.firstname} {self.lastname}".strip() or self.legal_name or self.external_id

    @property
    def emails(self) -> list[str]:
        """The addresses that documents are mailed to."""
        return [address.strip() for address in self.email.split(",") if address.strip()]


class CustomerMetadata(BaseModel):
    """A fact that an integrator keeps with a customer, shown on invoices if so wished."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="metadata")
    key = models.CharField(max_length=20)
    value = models.CharField(max_length=100)
    display_in_invoice = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "metadata"
        constraints = [models.UniqueConstraint(fields=["customer", "key"], name="customer_metadata_key_unique")]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
