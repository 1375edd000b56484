"""The defences of payments; there is one payment, of a part of an invoice."""

from tests.billing_site.defences.sins import INVOICES, Defence, changed, copied

PAYMENTS, ALLOCATIONS, RECEIPTS = "invoicing_payment", "invoicing_paymentallocation", "invoicing_paymentreceipt"
PAID = f"id = (SELECT max(invoice_id) FROM {ALLOCATIONS})"
PAYS_MORE_THAN_IT_IS = f"""
WITH paid AS (
    INSERT INTO {PAYMENTS} SELECT (pg_temp.copied(r, '{{"unapplied_amount_cents": -1}}'
        || jsonb_build_object('lago_id', gen_random_uuid()))).* FROM {PAYMENTS} r RETURNING id, invoice_id, amount_cents
), invoice AS (
    UPDATE {INVOICES} i SET total_paid_amount_cents = total_paid_amount_cents + amount_cents + 1
    FROM paid WHERE i.id = paid.invoice_id
)
INSERT INTO {ALLOCATIONS} (payment_id, invoice_id, amount_cents, created_at)
SELECT id, invoice_id, amount_cents + 1, now() FROM paid
"""

SINS = (
    copied(PAYMENTS, "payment_positive", "true", amount_cents="0", unapplied_amount_cents="0"),
    Defence(PAYMENTS, "payment_unapplied_not_negative", PAYS_MORE_THAN_IT_IS),
    copied(PAYMENTS, "payment_by_hand_is_done", "true", reference="''", unapplied_amount_cents="r.amount_cents"),
    copied(PAYMENTS, "payment_says_when_it_was_paid", "true", paid_at="NULL", unapplied_amount_cents="r.amount_cents"),
    copied(PAYMENTS, "invoicing_payment_allocated", "true", kind="TRIGGER"),
    changed(PAYMENTS, "invoicing_payment_frozen", "currency = 'USD'", kind="TRIGGER"),
    changed(PAYMENTS, "invoicing_payment_frozen", "paid_at = paid_at + interval '1 day'", kind="TRIGGER"),
    changed(ALLOCATIONS, "invoicing_paymentallocation_frozen", "created_at = created_at - interval '1 day'",
            kind="TRIGGER"),
    Defence(ALLOCATIONS, "invoicing_paymentallocation_frozen", f"DELETE FROM {ALLOCATIONS}", "TRIGGER"),
    Defence(
        ALLOCATIONS, "invoicing_paymentallocation_fits",
        f"""INSERT INTO {ALLOCATIONS} (payment_id, invoice_id, amount_cents, created_at)
        SELECT payment_id, (SELECT max(id) FROM {INVOICES} WHERE status = 'finalized'), 1, created_at
        FROM {ALLOCATIONS}""", "TRIGGER",
    ),
    changed(INVOICES, "invoicing_invoice_paid_by_payments", "total_paid_amount_cents = total_paid_amount_cents + 1",
            PAID, kind="TRIGGER"),
    changed(INVOICES, "invoice_paid_within_total", "offset_amount_cents = total_amount_cents", PAID),
    copied(RECEIPTS, "invoicing_paymentreceipt_payment_id_key", "true", number="'other'"),
)  # fmt: skip
