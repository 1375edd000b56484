"""What wallets paid is what invoices say they did."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "wallets_pay_what_invoices_say",
        "What wallets of the customer paid of an invoice is what it says, granted and bought.",
        """SELECT i.id, i.number, i.prepaid_credit_amount_cents, coalesce(w.cents, 0) AS by_wallets
            FROM invoicing_invoice i
            LEFT JOIN (SELECT e.invoice_id, sum(e.amount_cents) AS cents,
                              bool_and(v.currency = j.currency AND v.customer_id = j.customer_id) AS fits
                       FROM credits_wallettransaction e JOIN credits_wallet v ON v.id = e.wallet_id
                       JOIN invoicing_invoice j ON j.lago_id = e.invoice_id
                       WHERE e.transaction_status = 'invoiced' GROUP BY e.invoice_id) w ON w.invoice_id = i.lago_id
            WHERE i.prepaid_credit_amount_cents <> coalesce(w.cents, 0) OR NOT coalesce(w.fits, true)
               OR (i.prepaid_credit_amount_cents <> 0 AND i.prepaid_credit_amount_cents IS DISTINCT FROM
                   i.prepaid_granted_credit_amount_cents + i.prepaid_purchased_credit_amount_cents)""",
    ),
    Invariant(
        "wallet_draws_have_their_invoice",
        "Credits that paid an invoice name one that there is.",
        """SELECT e.id, e.invoice_id FROM credits_wallettransaction e
            LEFT JOIN invoicing_invoice i ON i.lago_id = e.invoice_id
            WHERE e.transaction_status = 'invoiced' AND i.id IS NULL""",
    ),
)
