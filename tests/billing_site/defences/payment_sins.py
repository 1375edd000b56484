"""The defences of payments; there is one payment, of a part of an invoice."""

from tests.billing_site.defences.sins import INVOICES, Defence, changed, copied

PAYMENTS, ALLOCATIONS, RECEIPTS = "invoicing_payment", "invoicing_paymentallocation", "invoicing_paymentreceipt"
DISPUTES, RECORDS = "invoicing_dispute", "invoicing_providerrecord"
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


def charged(state: str, *ids: str) -> str:
    """Return the making of a payment by a provider for each of these ids, all of the same invoice."""
    copies = " UNION ALL ".join(
        f"""SELECT (pg_temp.copied(r, jsonb_build_object('id', 900000 + {number}, 'lago_id', gen_random_uuid(),
            'payment_type', 'provider', 'state', '{state}', 'provider_payment_id', '{key}',
            'provider_id', (SELECT id FROM customers_paymentprovider)))).* FROM {PAYMENTS} r"""
        for number, key in enumerate(ids)
    )
    return f"INSERT INTO {PAYMENTS} {copies}"


SINS = (
    copied(PAYMENTS, "payment_positive", "true", amount_cents="0", unapplied_amount_cents="0"),
    Defence(PAYMENTS, "payment_unapplied_not_negative", PAYS_MORE_THAN_IT_IS),
    copied(PAYMENTS, "payment_by_hand_is_done", "true", reference="''", unapplied_amount_cents="r.amount_cents"),
    copied(PAYMENTS, "payment_says_when_it_was_paid", "true", paid_at="NULL", unapplied_amount_cents="r.amount_cents"),
    copied(PAYMENTS, "invoicing_payment_allocated", "true", kind="TRIGGER"),
    changed(PAYMENTS, "invoicing_payment_frozen", "currency = 'USD'", kind="TRIGGER"),
    changed(PAYMENTS, "invoicing_payment_frozen", "paid_at = paid_at + interval '1 day'", kind="TRIGGER"),
    changed(PAYMENTS, "invoicing_payment_keeps_request",
            "payment_request_id = (SELECT max(id) FROM invoicing_paymentrequest)", kind="TRIGGER"),
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
    copied(PAYMENTS, "payment_has_its_provider", "true", payment_type="'provider'", state="'failed'"),
    copied("invoicing_paymentrequestinvoice", "payment_request_invoice_once", "true"),
    changed("invoicing_paymentrequestinvoice", "payment_request_item_positive", "amount_cents = 0"),
    changed("invoicing_paymentrequest", "payment_request_positive", "amount_cents = 0"),
    Defence(PAYMENTS, "payment_one_live", charged("processing", "pi_1", "pi_2"), "INDEX"),
    Defence(PAYMENTS, "payment_provider_id_unique", charged("failed", "pi_1", "pi_1"), "INDEX"),
    copied("invoicing_refund", "refund_once", "true"),
    changed("invoicing_refund", "refund_positive", "amount_cents = 0"),
    changed("invoicing_refund", "invoicing_refund_within_payment", "amount_cents = 51", kind="TRIGGER"),
    copied(DISPUTES, "dispute_once", "true"),
    changed(DISPUTES, "dispute_withdrawn_within", "withdrawn_amount_cents = amount_cents + 1"),
    changed(DISPUTES, "dispute_says_when_it_was_closed", "state = 'lost'"),
    changed("invoicing_refund", "invoicing_refund_of_unapplied", "credit_note_id = NULL, state = 'sending'",
            kind="TRIGGER"),
    copied(RECORDS, "provider_record_once", "true"),
    changed(RECORDS, "provider_record_accepted_because", "accepted_at = compared_at"),
    copied(RECEIPTS, "invoicing_paymentreceipt_payment_id_key", "true", number="'other'"),
)  # fmt: skip
