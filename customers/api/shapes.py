"""What the API answers about customers, taxes, billing entities and the organization."""

from decimal import Decimal
from typing import Annotated, TypedDict
from uuid import UUID

from billing_site.core.api.shapes import Instant, Json, one_of
from customers.models import Customer
from customers.models.billing_entities import BillingEntity, IssuingDateAdjustment, IssuingDateAnchor

Anchor = Annotated[str, one_of(IssuingDateAnchor)]
Adjustment = Annotated[str, one_of(IssuingDateAdjustment)]
Numbering = Annotated[str, one_of(BillingEntity.Numbering)]


class ShownTax(TypedDict):
    lago_id: UUID
    name: str
    code: str
    rate: Decimal
    description: str | None
    applied_to_organization: bool
    created_at: Instant
    add_ons_count: int
    customers_count: int
    plans_count: int
    charges_count: int
    commitments_count: int
    applied_to_billing_entities_codes: list[str]


class ShownSection(TypedDict):
    lago_id: UUID
    code: str
    name: str
    description: str
    details: str
    display_name: str
    created_at: Instant


class ShownAddress(TypedDict):
    address_line1: str | None
    address_line2: str | None
    zipcode: str | None
    city: str | None
    state: str | None
    country: str | None


class CustomerColumns(ShownAddress):
    external_id: str
    account_type: Annotated[str, one_of(Customer.AccountType)]
    name: str | None
    firstname: str | None
    lastname: str | None
    customer_type: Annotated[str, one_of(Customer.CustomerType)] | None
    sequential_id: int
    slug: str
    email: str | None
    url: str | None
    phone: str | None
    logo_url: str | None
    legal_name: str | None
    legal_number: str | None
    currency: str | None
    tax_identification_number: str | None
    timezone: str | None
    net_payment_term: int | None
    external_salesforce_id: str | None
    finalize_zero_amount_invoice: Annotated[str, one_of(Customer.ZeroAmount)]
    skip_invoice_custom_sections: bool


class CustomerBilling(TypedDict):
    invoice_grace_period: int | None
    payment_provider: str | None
    payment_provider_code: str | None
    document_locale: str | None
    subscription_invoice_issuing_date_anchor: Anchor | None
    subscription_invoice_issuing_date_adjustment: Adjustment | None
    provider_customer_id: str | None


class CustomerFact(TypedDict):
    lago_id: UUID
    key: str
    value: str
    display_in_invoice: bool
    created_at: Instant


class ShownCustomer(CustomerColumns):
    lago_id: UUID
    billing_entity_code: str
    applicable_timezone: str
    created_at: Instant
    updated_at: Instant
    shipping_address: ShownAddress
    billing_configuration: CustomerBilling
    metadata: list[CustomerFact]
    taxes: list[ShownTax]
    integration_customers: list[Json]
    applicable_invoice_custom_sections: list[ShownSection]
    error_details: list[Json]


class EntityColumns(ShownAddress):
    code: str
    name: str
    default_currency: str
    phone: str | None
    email: str | None
    legal_name: str | None
    legal_number: str | None
    timezone: str
    net_payment_term: int
    email_settings: list[str]
    document_numbering: Numbering
    document_number_prefix: str | None
    tax_identification_number: str | None
    finalize_zero_amount_invoice: bool
    invoice_footer: str | None
    invoice_grace_period: int
    subscription_invoice_issuing_date_adjustment: Adjustment
    subscription_invoice_issuing_date_anchor: Anchor
    document_locale: str
    is_default: bool
    eu_tax_management: bool
    einvoicing: bool
    late_usage: Annotated[str, one_of(BillingEntity.LateUsage)]


class ShownEntity(EntityColumns):
    lago_id: UUID
    logo_url: str | None
    created_at: Instant
    updated_at: Instant
    taxes: list[ShownTax]
    selected_invoice_custom_sections: list[ShownSection]


class Entities(TypedDict):
    billing_entities: list[ShownEntity]


class OrganizationColumns(ShownAddress):
    email: str | None
    legal_name: str | None
    legal_number: str | None
    timezone: str
    net_payment_term: int
    email_settings: list[str]
    document_numbering: Numbering
    document_number_prefix: str | None
    tax_identification_number: str | None
    finalize_zero_amount_invoice: bool


class OrganizationBilling(TypedDict):
    invoice_footer: str | None
    invoice_grace_period: int
    document_locale: str


class ShownOrganization(OrganizationColumns):
    lago_id: UUID
    name: str
    slug: str
    default_currency: str
    created_at: Instant
    webhook_url: str | None
    webhook_urls: list[str]
    billing_configuration: OrganizationBilling
    events_store: str
    taxes: list[ShownTax]


class PortalLink(TypedDict):
    portal_url: str


class PortalUrl(TypedDict):
    customer: PortalLink
