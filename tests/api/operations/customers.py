from tests.api.operations.row import Row

ADDRESS = {"address_line1": "1 Main St", "address_line2": "2nd floor", "zipcode": "75001", "city": "Paris",
           "state": "IDF", "country": "FR"}  # fmt: skip
ENTITY = {
    "name": "Acme France", **ADDRESS, "default_currency": "EUR", "legal_name": "Acme SAS", "legal_number": "123",
    "tax_identification_number": "FR123", "email": "acme@example.com", "phone": "+33 1", "timezone": "Europe/Paris",
    "document_numbering": "per_customer", "document_number_prefix": "FRA", "finalize_zero_amount_invoice": True,
    "net_payment_term": 30, "email_settings": ["invoice.finalized"], "eu_tax_management": False, "einvoicing": False,
    "late_usage": "next_invoice",
    "tax_codes": ["vat"],
    "billing_configuration": {
        "invoice_grace_period": 3, "document_locale": "fr", "invoice_footer": "Thanks",
        "subscription_invoice_issuing_date_anchor": "next_period_start",
        "subscription_invoice_issuing_date_adjustment": "keep_anchor",
    },
}  # fmt: skip
CUSTOMER = {
    "external_id": "new", "name": "New Ltd", "firstname": "N", "lastname": "L", "customer_type": "company",
    "account_type": "customer", **ADDRESS, "legal_name": "New Limited", "legal_number": "1",
    "tax_identification_number": "FR1", "email": "new@example.com", "phone": "1", "url": "https://new.example",
    "logo_url": "https://new.example/logo.png", "shipping_address": ADDRESS, "currency": "EUR",
    "timezone": "Europe/Paris", "net_payment_term": 10, "finalize_zero_amount_invoice": "inherit",
    "skip_invoice_custom_sections": False, "external_salesforce_id": "sf", "billing_entity_code": "${entity}",
    "billing_configuration": {"invoice_grace_period": 1, "document_locale": "fr"},
    "metadata": [{"key": "tier", "value": "gold", "display_in_invoice": True}], "tax_codes": ["vat"],
    "invoice_custom_section_codes": ["bank"],
}  # fmt: skip
SECTION = {"code": "terms", "name": "Terms", "description": "d", "display_name": "Terms", "details": "Net"}
TAX = {"code": "gst", "name": "GST", "rate": 5.5, "description": "Goods", "applied_to_organization": False}

ROWS = [
    Row("PUT", "organizations", body={"organization": {k: v for k, v in ENTITY.items() if k != "tax_codes"}}),
    Row("POST", "billing_entities", body={"billing_entity": {"code": "acme-fr", **ENTITY}}),
    Row("PUT", "billing_entities/<path:code>", "billing_entities/${entity}", {"billing_entity": ENTITY}),
    Row("POST", "taxes", body={"tax": TAX}),
    Row("PUT", "taxes/<path:code>", "taxes/vat", {"tax": TAX}),
    Row("DELETE", "taxes/<path:code>", "taxes/vat"),
    Row("POST", "invoice_custom_sections", body={"invoice_custom_section": SECTION}),
    Row(
        "PUT",
        "invoice_custom_sections/<path:code>",
        "invoice_custom_sections/bank",
        {"invoice_custom_section": SECTION},
    ),
    Row("DELETE", "invoice_custom_sections/<path:code>", "invoice_custom_sections/bank"),
    Row("POST", "customers", body={"customer": CUSTOMER}),
    Row("DELETE", "customers/<str:external_id>", "customers/cust"),
]
