"""Customers, taxes, billing entities and the organization as Lago shows and reads them."""

from typing import Any

from babel import Locale
from django.conf import settings
from django.core.validators import validate_email
from rest_framework import serializers

from billing_site.core.api import fields
from customers.api.custom_sections import SectionOutput
from customers.models import BillingEntity, Customer, Tax
from customers.models.billing_entities import IssuingDateAdjustment, IssuingDateAnchor
from customers.selectors import custom_sections, preferences

ADDRESS = ("address_line1", "address_line2", "zipcode", "city", "state", "country")
# CLDR's territories of two letters, without its groupings and test codes, are ISO 3166-1 alpha-2 (with Kosovo's XK).
_NOT_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
COUNTRIES = frozenset(code for code in Locale("en").territories if len(code) == 2) - _NOT_COUNTRIES


class CountryField(serializers.CharField):
    """ISO 3166-1 alpha-2."""

    default_error_messages = {"not_a_valid_country_code": "not_a_valid_country_code"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "allow_blank": True, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return the code in capitals."""
        code = data.upper() if isinstance(data, str) else ""
        if data != "" and code not in COUNTRIES:
            self.fail("not_a_valid_country_code")
        return code


class EmailsField(fields.TextField):
    """One address, or several with commas between."""

    default_error_messages = {"invalid_email_format": "invalid_email_format"}

    def to_internal_value(self, data: Any) -> str:
        """Return the addresses as they came."""
        text = super().to_internal_value(data)
        for address in filter(None, (part.strip() for part in text.split(","))):
            try:
                validate_email(address)
            except Exception:  # noqa: BLE001 - Django's validator says no in one way only
                self.fail("invalid_email_format")
        return text


class LocaleField(serializers.CharField):
    default_error_messages = {"not_a_valid_language_code": "not_a_valid_language_code"}

    def to_internal_value(self, data: Any) -> str:
        """Return the language if it looks like one that Django knows."""
        known = {code.split("-")[0] for code, _ in settings.LANGUAGES}
        if not isinstance(data, str) or len(data) > 10 or data.split("-")[0].lower() not in known:
            self.fail("not_a_valid_language_code")
        return data


def choice(choices: Any, **kwargs: Any) -> serializers.ChoiceField:
    """Return a field for one of Lago's words, null meaning nothing said."""
    return serializers.ChoiceField(choices=choices.choices, **{"required": False, "allow_null": True, **kwargs})


class AddressInput(serializers.Serializer):
    address_line1 = fields.TextField()
    address_line2 = fields.TextField()
    zipcode = fields.TextField(max_length=40)
    city = fields.TextField()
    state = fields.TextField()
    country = CountryField()


class MetadataInput(serializers.Serializer):
    key = fields.CodeField(max_length=20)
    value = fields.CodeField(max_length=100)
    display_in_invoice = serializers.BooleanField(required=False, default=False)


class CustomerBillingInput(serializers.Serializer):
    invoice_grace_period = fields.BoundedIntegerField(required=False, allow_null=True, max_value=365)
    document_locale = LocaleField(required=False, allow_null=True)
    subscription_invoice_issuing_date_anchor = choice(IssuingDateAnchor)
    subscription_invoice_issuing_date_adjustment = choice(IssuingDateAdjustment)
    payment_provider = fields.TextField(max_length=20)
    payment_provider_code = fields.TextField()
    provider_customer_id = fields.TextField()


class CustomerInput(AddressInput):
    external_id = fields.CodeField()
    account_type = choice(Customer.AccountType)
    customer_type = choice(Customer.CustomerType)
    name = fields.TextField()
    firstname = fields.TextField()
    lastname = fields.TextField()
    legal_name = fields.TextField()
    legal_number = fields.TextField()
    tax_identification_number = fields.TextField()
    email = EmailsField(max_length=1000)
    phone = fields.TextField()
    url = fields.TextField(max_length=500)
    logo_url = fields.TextField(max_length=500)
    shipping_address = AddressInput(required=False, allow_null=True)
    currency = fields.CurrencyField(required=False, allow_null=True)
    timezone = fields.TimezoneField(required=False, allow_null=True)
    net_payment_term = fields.BoundedIntegerField(required=False, allow_null=True, max_value=3650)
    finalize_zero_amount_invoice = choice(Customer.ZeroAmount)
    skip_invoice_custom_sections = serializers.BooleanField(required=False)
    external_salesforce_id = fields.TextField()
    billing_entity_code = fields.TextField()
    billing_configuration = CustomerBillingInput(required=False, allow_null=True)
    metadata = fields.ObjectsField(child=MetadataInput())
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)
    invoice_custom_section_codes = serializers.ListField(
        child=fields.CodeField(), required=False, allow_null=True, max_length=100
    )


class TaxInput(serializers.Serializer):
    code = fields.CodeField()
    name = fields.CodeField()
    rate = fields.DecimalNumberField(min_value=0, max_value=100)
    description = fields.TextField(max_length=600)
    applied_to_organization = serializers.BooleanField(required=False)


class TaxUpdate(TaxInput):
    code = fields.CodeField(required=False)
    name = fields.CodeField(required=False)
    rate = fields.DecimalNumberField(min_value=0, max_value=100, required=False)


class EntityBillingInput(serializers.Serializer):
    invoice_grace_period = fields.BoundedIntegerField(required=False, allow_null=True, max_value=365)
    document_locale = LocaleField(required=False, allow_null=True)
    invoice_footer = fields.TextField(max_length=2000)
    subscription_invoice_issuing_date_anchor = choice(IssuingDateAnchor)
    subscription_invoice_issuing_date_adjustment = choice(IssuingDateAdjustment)


class EntityUpdate(AddressInput):
    name = fields.CodeField(required=False)
    legal_name = fields.TextField()
    legal_number = fields.TextField()
    tax_identification_number = fields.TextField()
    email = EmailsField()
    phone = fields.TextField(max_length=60)
    default_currency = fields.CurrencyField(required=False, allow_null=True)
    timezone = fields.TimezoneField(required=False, allow_null=True)
    document_numbering = serializers.ChoiceField(
        choices=["per_customer", "per_billing_entity", "per_organization"], required=False, allow_null=True
    )
    document_number_prefix = fields.TextField(max_length=10)
    finalize_zero_amount_invoice = serializers.BooleanField(required=False)
    net_payment_term = fields.BoundedIntegerField(required=False, allow_null=True, max_value=3650)
    email_settings = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=20)
    einvoicing = serializers.BooleanField(required=False)
    eu_tax_management = serializers.BooleanField(required=False)
    billing_configuration = EntityBillingInput(required=False, allow_null=True)
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)
    invoice_custom_section_codes = serializers.ListField(
        child=fields.CodeField(), required=False, allow_null=True, max_length=100
    )


class EntityInput(EntityUpdate):
    code = fields.CodeField()
    name = fields.CodeField()


class OrganizationUpdate(EntityUpdate):
    slug = fields.TextField(max_length=100)


class TaxOutput(serializers.ModelSerializer):
    rate = fields.DecimalNumberField()
    description = serializers.SerializerMethodField()
    created_at = fields.InstantField()
    applied_to_organization = serializers.SerializerMethodField()

    class Meta:
        model = Tax
        fields = ("lago_id", "name", "code", "rate", "description", "applied_to_organization", "created_at")

    def get_description(self, tax: Tax) -> str | None:
        return tax.description or None

    def get_applied_to_organization(self, tax: Tax) -> bool:
        return any(entity.is_default for entity in tax.billing_entities.all())

    def get_applied_to_billing_entities_codes(self, tax: Tax) -> list[str]:
        return [entity.code for entity in tax.billing_entities.all()]

    def to_representation(self, tax: Tax) -> dict[str, Any]:
        """Return the tax; Lago's counters are constant zeros."""
        shown = super().to_representation(tax)
        names = ("add_ons", "customers", "plans", "charges", "commitments")
        shown |= {f"{name}_count": 0 for name in names}
        shown["applied_to_billing_entities_codes"] = self.get_applied_to_billing_entities_codes(tax)
        return shown


def blank_to_null(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return these columns, nothing said being null."""
    return {name: getattr(row, name) if getattr(row, name) != "" else None for name in names}


class CustomerOutput(serializers.BaseSerializer):
    PLAIN = (
        "external_id", "account_type", "name", "firstname", "lastname", "customer_type", "sequential_id", "slug",
        *ADDRESS, "email", "url", "phone", "logo_url", "legal_name", "legal_number", "currency",
        "tax_identification_number", "timezone", "net_payment_term", "external_salesforce_id",
        "finalize_zero_amount_invoice", "skip_invoice_custom_sections",
    )  # fmt: skip

    def to_representation(self, customer: Customer) -> dict[str, Any]:
        """Return the customer with all keys of Lago's, nulls included."""
        terms = preferences.terms(customer)
        configuration = blank_to_null(
            customer,
            (
                "invoice_grace_period", "payment_provider", "payment_provider_code", "document_locale",
                "subscription_invoice_issuing_date_anchor", "subscription_invoice_issuing_date_adjustment",
                "provider_customer_id",
            ),
        )  # fmt: skip
        return {
            "lago_id": customer.lago_id,
            "billing_entity_code": customer.billing_entity.code,
            **blank_to_null(customer, self.PLAIN),
            "applicable_timezone": terms.timezone,
            "created_at": fields.formats.instant(customer.created_at),
            "updated_at": fields.formats.instant(customer.updated_at),
            "shipping_address": {name: (customer.shipping_address or {}).get(name) or None for name in ADDRESS},
            "billing_configuration": configuration,
            "metadata": [
                {
                    "lago_id": item.lago_id,
                    "key": item.key,
                    "value": item.value,
                    "display_in_invoice": item.display_in_invoice,
                    "created_at": fields.formats.instant(item.created_at),
                }
                for item in customer.metadata.all()
            ],
            "taxes": TaxOutput(customer.taxes.all(), many=True).data,
            "integration_customers": [],
            "applicable_invoice_custom_sections": self.sections(customer),
            "error_details": [],
        }

    def sections(self, customer: Customer) -> list[Any]:
        """Return none in lists, which would ask for each customer; what is shown of one says which they are."""
        return []


class WholeCustomerOutput(CustomerOutput):
    def sections(self, customer: Customer) -> list[Any]:
        """Return the texts that the customer's invoices print."""
        applicable = custom_sections.applicable(customer, customer.billing_entity)
        return list(SectionOutput(applicable, many=True).data)


class EntityOutput(serializers.BaseSerializer):
    PLAIN = (
        "code", "name", "default_currency", *ADDRESS, "phone", "email", "legal_name", "legal_number", "timezone",
        "net_payment_term", "email_settings", "document_numbering", "document_number_prefix",
        "tax_identification_number", "finalize_zero_amount_invoice", "invoice_footer", "invoice_grace_period",
        "subscription_invoice_issuing_date_adjustment", "subscription_invoice_issuing_date_anchor",
        "document_locale", "is_default", "eu_tax_management", "einvoicing",
    )  # fmt: skip

    def to_representation(self, entity: BillingEntity) -> dict[str, Any]:
        """Return the billing entity with all keys of Lago's."""
        return {
            "lago_id": entity.lago_id,
            **blank_to_null(entity, self.PLAIN),
            "logo_url": entity.logo.url if entity.logo else None,
            "created_at": fields.formats.instant(entity.created_at),
            "updated_at": fields.formats.instant(entity.updated_at),
            "taxes": TaxOutput(entity.taxes.all(), many=True).data,
            "selected_invoice_custom_sections": SectionOutput(custom_sections.selected(entity), many=True).data,
        }


class OrganizationOutput(serializers.BaseSerializer):
    PLAIN = (
        *ADDRESS, "email", "legal_name", "legal_number", "timezone", "net_payment_term", "email_settings",
        "document_numbering", "document_number_prefix", "tax_identification_number", "finalize_zero_amount_invoice",
    )  # fmt: skip

    def to_representation(self, organization: Any) -> dict[str, Any]:
        """Return the organization, its legal details being those of its default billing entity."""
        entity = BillingEntity.objects.get(is_default=True)
        names = ("invoice_footer", "invoice_grace_period", "document_locale")
        return {
            "lago_id": organization.lago_id,
            "name": organization.name,
            "slug": organization.slug,
            "default_currency": organization.default_currency,
            "created_at": fields.formats.instant(organization.created_at),
            "webhook_url": None,
            "webhook_urls": [],
            **blank_to_null(entity, self.PLAIN),
            "billing_configuration": blank_to_null(entity, names),
            "events_store": "postgres",
            "taxes": TaxOutput(entity.taxes.all(), many=True).data,
        }
