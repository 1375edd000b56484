from invoicing.models.fees import Fee, FeeTax
from invoicing.models.invoices import (
    Invoice,
    InvoiceCredit,
    InvoiceDocument,
    InvoiceMetadata,
    InvoiceSubscription,
    InvoiceTax,
)
from invoicing.models.periods import BilledPeriod, BillingRun, ParkedCustomer

__all__ = [
    "BilledPeriod",
    "BillingRun",
    "Fee",
    "FeeTax",
    "Invoice",
    "InvoiceCredit",
    "InvoiceDocument",
    "InvoiceMetadata",
    "InvoiceSubscription",
    "InvoiceTax",
    "ParkedCustomer",
]
