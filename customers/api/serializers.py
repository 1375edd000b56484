"""Customers, taxes, billing entities and the organization as Lago shows and reads them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar, cast

from babel import Locale
from django.conf import settings
from django.core.validators import validate_email
from rest_framework import serializers

from billing_site.core.api import fields, formats
from customers.api.custom_sections import SectionOutput
from customers.api.shapes import (
    CustomerBilling,
    CustomerColumns,
    EntityColumns,
    OrganizationBilling,
    OrganizationColumns,
    ShownAddress,
    ShownCustomer,
    ShownEntity,
    ShownOrganization,
    ShownSection,
    ShownTax,
)
from customers.models import BillingEntity, Customer, Tax
from customers.models.billing_entities import IssuingDateAdjustment, IssuingDateAnchor
from customers.selectors import custom_sections, preferences

Columns = TypeVar("Columns")
# CLDR's territories of two letters, without its groupings and test codes, are ISO 3166-1 alpha-2 (with Kosovo's XK).
_NOT_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
COUNTRIES = frozenset(code for code in Locale("en").territories if len(str(code)) == 2) - _NOT_COUNTRIES


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
    skip_invoice_custom_sections = serializers.BooleanField(required=False, allow_null=True)
    external_salesforce_id = fields.TextField()
    billing_entity_code = fields.TextField()
    billing_configuration = CustomerBillingInput(required=False, allow_null=True)
    metadata = fields.ObjectsField(child=MetadataInput())
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)
    invoice_custom_section_codes = serializers.ListField(
        child=fields.CodeField(), required=False, allow_null=True, max_length=100
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take a null for nothing said, as clients do that send each key they know."""
        if attrs.get("skip_invoice_custom_sections", ...) is None:
            del attrs["skip_invoice_custom_sections"]
        return attrs


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
    late_usage = choice(BillingEntity.LateUsage)
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


class TaxOutput(serializers.BaseSerializer):
    def to_representation(self, tax: Tax) -> ShownTax:
        """Return the tax; Lago's counters are constant zeros."""
        entities = tax.billing_entities.all()
        return {
            "lago_id": tax.lago_id,
            "name": tax.name,
            "code": tax.code,
            "rate": Decimal(formats.decimal_string(tax.rate)),
            "description": tax.description or None,
            "applied_to_organization": any(entity.is_default for entity in entities),
            "created_at": formats.instant(tax.created_at),
            "add_ons_count": 0,
            "customers_count": 0,
            "plans_count": 0,
            "charges_count": 0,
            "commitments_count": 0,
            "applied_to_billing_entities_codes": [entity.code for entity in entities],
        }


def columns(row: Any, shape: type[Columns]) -> Columns:
    """Return the columns that a shape names, nothing said being null."""
    values = {name: getattr(row, name) for name in shape.__annotations__}
    return cast(Columns, {name: value if value != "" else None for name, value in values.items()})


class CustomerOutput(serializers.BaseSerializer):
    def to_representation(self, customer: Customer) -> ShownCustomer:
        """Return the customer with all keys of Lago's, nulls included."""
        return {
            "lago_id": customer.lago_id,
            "billing_entity_code": customer.billing_entity.code,
            **columns(customer, CustomerColumns),
            "applicable_timezone": preferences.terms(customer).timezone,
            "created_at": formats.instant(customer.created_at),
            "updated_at": formats.instant(customer.updated_at),
            "shipping_address": _address(customer.shipping_address or {}),
            "billing_configuration": columns(customer, CustomerBilling),
            "metadata": [
                {
                    "lago_id": item.lago_id,
                    "key": item.key,
                    "value": item.value,
                    "display_in_invoice": item.display_in_invoice,
                    "created_at": formats.instant(item.created_at),
                }
                for item in customer.metadata.all()
            ],
            "taxes": TaxOutput(customer.taxes.all(), many=True).data,
            "integration_customers": [],
            "applicable_invoice_custom_sections": self.sections(customer),
            "error_details": [],
        }

    def sections(self, customer: Customer) -> list[ShownSection]:
        """Return none in lists, which would ask for each customer; what is shown of one says which they are."""
        return []


def _address(kept: Mapping[str, str]) -> ShownAddress:
    return cast(ShownAddress, {name: kept.get(name) or None for name in ShownAddress.__annotations__})


class WholeCustomerOutput(CustomerOutput):
    def sections(self, customer: Customer) -> list[ShownSection]:
        """Return the texts that the customer's invoices print."""
        applicable = custom_sections.applicable(customer, customer.billing_entity)
        return list(SectionOutput(applicable, many=True).data)


class EntityOutput(serializers.BaseSerializer):
    def to_representation(self, entity: BillingEntity) -> ShownEntity:
        """Return the billing entity with all keys of Lago's."""
        return {
            "lago_id": entity.lago_id,
            **columns(entity, EntityColumns),
            "logo_url": entity.logo.url if entity.logo else None,
            "created_at": formats.instant(entity.created_at),
            "updated_at": formats.instant(entity.updated_at),
            "taxes": TaxOutput(entity.taxes.all(), many=True).data,
            "selected_invoice_custom_sections": SectionOutput(custom_sections.selected(entity), many=True).data,
        }


class OrganizationOutput(serializers.BaseSerializer):
    def to_representation(self, organization: Any) -> ShownOrganization:
        """Return the organization, its legal details being those of its default billing entity."""
        entity = BillingEntity.objects.get(is_default=True)
        return {
            "lago_id": organization.lago_id,
            "name": organization.name,
            "slug": organization.slug,
            "default_currency": organization.default_currency,
            "created_at": formats.instant(organization.created_at),
            "webhook_url": None,
            "webhook_urls": [],
            **columns(entity, OrganizationColumns),
            "billing_configuration": columns(entity, OrganizationBilling),
            "events_store": "postgres",
            "taxes": TaxOutput(entity.taxes.all(), many=True).data,
        }
