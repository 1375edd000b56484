"""What is always true of invoices: one file for each side of them."""

from invoicing.selectors.audit import (
    coupons,
    credit_notes,
    journal,
    links,
    numbers,
    periods,
    progressive,
    records,
    taxes,
    totals,
    wallets,
)

INVARIANTS = (
    *periods.INVARIANTS,
    *totals.INVARIANTS,
    *taxes.INVARIANTS,
    *coupons.INVARIANTS,
    *progressive.INVARIANTS,
    *wallets.INVARIANTS,
    *credit_notes.INVARIANTS,
    *numbers.INVARIANTS,
    *links.INVARIANTS,
    *records.INVARIANTS,
    *journal.INVARIANTS,
)
# Defences that migrations made in SQL: (table, name).
TRIGGERS = (
    ("invoicing_invoice", "invoicing_invoice_frozen"),
    ("invoicing_fee", "invoicing_fee_frozen"),
    ("invoicing_invoicetax", "invoicing_invoicetax_frozen"),
    ("invoicing_invoicecredit", "invoicing_invoicecredit_frozen"),
    ("invoicing_invoicesubscription", "invoicing_invoicesubscription_frozen"),
    ("invoicing_appliedusagethreshold", "invoicing_appliedusagethreshold_frozen"),
    ("invoicing_progressivecredit", "invoicing_progressivecredit_frozen"),
    ("invoicing_progressivecredit", "invoicing_progressivecredit_within"),
    ("invoicing_creditnote", "invoicing_creditnote_frozen"),
    ("invoicing_creditnoteitem", "invoicing_creditnoteitem_frozen"),
    ("invoicing_creditnoteitem", "invoicing_creditnoteitem_within_fee"),
    ("invoicing_creditnotetax", "invoicing_creditnotetax_frozen"),
    ("invoicing_creditnoteuse", "invoicing_creditnoteuse_frozen"),
    *journal.TRIGGERS,
)
CONSTRAINTS = (("invoicing_billedperiod", "period_previous_exists"),)
