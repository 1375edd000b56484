from invoicing.models.credit_notes import (
    CreditNote,
    CreditNoteDocument,
    CreditNoteItem,
    CreditNoteTax,
    CreditNoteUse,
    CreditNoteXml,
)
from invoicing.models.disputes import Dispute
from invoicing.models.fees import Fee, FeeTax
from invoicing.models.inbound import InboundEvent
from invoicing.models.invoices import (
    Invoice,
    InvoiceCredit,
    InvoiceDocument,
    InvoiceMetadata,
    InvoiceSubscription,
    InvoiceTax,
    InvoiceXml,
    StoredDocument,
)
from invoicing.models.journal import JournalEntry
from invoicing.models.late_usage import LateUsage
from invoicing.models.payments import (
    Payment,
    PaymentAllocation,
    PaymentReceipt,
    PaymentRequest,
    PaymentRequestInvoice,
)
from invoicing.models.periods import BilledPeriod, BillingRun, ParkedCustomer
from invoicing.models.progressive import AppliedUsageThreshold, ProgressiveCredit
from invoicing.models.provider_records import ProviderRecord
from invoicing.models.refunds import Refund

__all__ = [
    "AppliedUsageThreshold",
    "BilledPeriod",
    "BillingRun",
    "CreditNote",
    "CreditNoteDocument",
    "CreditNoteItem",
    "CreditNoteTax",
    "CreditNoteUse",
    "CreditNoteXml",
    "Dispute",
    "Fee",
    "FeeTax",
    "InboundEvent",
    "Invoice",
    "InvoiceCredit",
    "InvoiceDocument",
    "InvoiceMetadata",
    "InvoiceSubscription",
    "InvoiceTax",
    "InvoiceXml",
    "JournalEntry",
    "LateUsage",
    "ParkedCustomer",
    "ProgressiveCredit",
    "Payment",
    "PaymentAllocation",
    "PaymentReceipt",
    "PaymentRequest",
    "PaymentRequestInvoice",
    "ProviderRecord",
    "Refund",
    "StoredDocument",
]
