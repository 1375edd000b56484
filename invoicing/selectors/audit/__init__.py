"""What is always true of invoices: one file for each side of them."""

from invoicing.selectors.audit import (
    coupons,
    credit_notes,
    journal,
    late_usage,
    links,
    numbers,
    payments,
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
    *late_usage.INVARIANTS,
    *wallets.INVARIANTS,
    *credit_notes.INVARIANTS,
    *payments.INVARIANTS,
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
    ("invoicing_lateusage", "invoicing_lateusage_frozen"),
    ("invoicing_creditnote", "invoicing_creditnote_frozen"),
    ("invoicing_creditnoteitem", "invoicing_creditnoteitem_frozen"),
    ("invoicing_creditnoteitem", "invoicing_creditnoteitem_within_fee"),
    ("invoicing_creditnotetax", "invoicing_creditnotetax_frozen"),
    ("invoicing_creditnoteuse", "invoicing_creditnoteuse_frozen"),
    *journal.TRIGGERS,
    ("invoicing_payment", "invoicing_payment_frozen"),
    ("invoicing_refund", "invoicing_refund_within_payment"),
    ("invoicing_refund", "invoicing_refund_of_unapplied"),
    ("invoicing_payment", "invoicing_payment_allocated"),
    ("invoicing_paymentallocation", "invoicing_paymentallocation_frozen"),
    ("invoicing_paymentallocation", "invoicing_paymentallocation_fits"),
    ("invoicing_invoice", "invoicing_invoice_born_paid"),
    ("invoicing_invoice", "invoicing_invoice_paid_by_payments"),
)
CONSTRAINTS = (
    ("invoicing_billedperiod", "period_previous_exists"),
    ("invoicing_fee", "fee_of_its_invoice"),
    ("invoicing_fee", "fee_of_its_subscription"),
)
