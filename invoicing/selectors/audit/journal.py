"""The journal balances, tells of each money fact exactly what its row says, and its accounts are what is left there."""

from billing_site.core.audit import Invariant
from billing_site.core.seals import Chain
from invoicing.models.journal import ACCOUNTS

_SUM = " + ".join(ACCOUNTS)


def _control(name: str, says: str, account: str, where: str, left: str) -> Invariant:
    """Return that an account is, for each customer and currency, the opposite of what `left` says is left."""
    return Invariant(
        name,
        says,
        f"""SELECT coalesce(j.customer_id, b.customer_id) AS customer_id, coalesce(j.currency, b.currency) AS currency,
                coalesce(j.cents, 0) AS journal, coalesce(b.cents, 0) AS books
            FROM (SELECT customer_id, currency, sum({account}) AS cents FROM invoicing_journalentry WHERE {where}
                  GROUP BY customer_id, currency) j
            FULL JOIN ({left}) b ON b.customer_id = j.customer_id AND b.currency = j.currency
            WHERE coalesce(j.cents, 0) <> coalesce(b.cents, 0)""",
    )


def _withdrawn(where: str) -> str:
    return f"""SELECT p.customer_id, d.currency, sum(d.withdrawn_amount_cents) AS cents
        FROM invoicing_dispute d JOIN invoicing_payment p ON p.id = d.payment_id
        WHERE {where} GROUP BY p.customer_id, d.currency"""


INVARIANTS = (
    Invariant(
        "journal_balances",
        "The accounts of each entry add up to nothing.",
        f"SELECT id, kind FROM invoicing_journalentry WHERE {_SUM} <> 0",
    ),
    Invariant(
        "invoices_are_in_the_journal",
        "Each final or void invoice became so once in the journal, with the amounts it bears; no other invoice did.",
        """SELECT i.id, i.number, i.status, e.id AS entry FROM invoicing_invoice i
            FULL JOIN (SELECT * FROM invoicing_journalentry WHERE kind = 'invoiced') e
                ON e.subject_id = i.id AND e.subject_type = 'invoicing.invoice'
            WHERE coalesce(i.status, '') IN ('finalized', 'voided') <> (e.id IS NOT NULL)
               OR (e.customer_id, e.currency, e.receivable, e.revenue + e.purchases, e.discounts, e.thresholds,
                   e.taxes, e.credits_owed, e.drawn, e.occurred_at)
                  IS DISTINCT FROM
                  CASE WHEN e.id IS NULL THEN (e.customer_id, e.currency, e.receivable, e.revenue + e.purchases,
                   e.discounts, e.thresholds, e.taxes, e.credits_owed, e.drawn, e.occurred_at)
                  ELSE (i.customer_id, i.currency, i.total_amount_cents, -i.fees_amount_cents,
                   i.coupons_amount_cents, i.progressive_billing_credit_amount_cents, -i.taxes_amount_cents,
                   i.credit_notes_amount_cents, i.prepaid_credit_amount_cents, i.finalized_at) END""",
    ),
    Invariant(
        "voids_are_in_the_journal",
        "Each void invoice was made void in the journal, and no other.",
        """SELECT i.id, i.number, i.status FROM invoicing_invoice i
            FULL JOIN (SELECT * FROM invoicing_journalentry WHERE kind = 'voided') e
                ON e.subject_id = i.id AND e.subject_type = 'invoicing.invoice'
            WHERE (coalesce(i.status, '') = 'voided') <> (e.id IS NOT NULL)""",
    ),
    Invariant(
        "payments_are_in_the_journal",
        "What the journal says was paid of an invoice is what the invoice says.",
        """SELECT i.id, i.number, i.total_paid_amount_cents, e.cents FROM invoicing_invoice i
            FULL JOIN (SELECT subject_id, sum(cash) AS cents FROM invoicing_journalentry
                       WHERE kind = 'paid' GROUP BY subject_id) e ON e.subject_id = i.id
            WHERE coalesce(i.total_paid_amount_cents, 0) <> coalesce(e.cents, 0)""",
    ),
    Invariant(
        "notes_are_in_the_journal",
        "Each credit note was issued once in the journal, with its amounts, and refunded if it says so.",
        """SELECT n.id, n.number, e.id AS entry FROM invoicing_creditnote n
            FULL JOIN (SELECT * FROM invoicing_journalentry WHERE kind = 'credited') e ON e.subject_id = n.id
            LEFT JOIN (SELECT subject_id, -sum(cash) AS cents FROM invoicing_journalentry
                       WHERE kind = 'refunded' GROUP BY subject_id) r ON r.subject_id = n.id
            WHERE (n.customer_id, n.currency, n.sub_total_excluding_taxes_amount_cents, n.taxes_amount_cents,
                   -n.credit_amount_cents, -n.refund_amount_cents, -n.offset_amount_cents)
                  IS DISTINCT FROM
                  (e.customer_id, e.currency, e.credited, e.taxes, e.credits_owed, e.refunds_owed, e.receivable)
               OR coalesce(r.cents, 0) <> CASE n.refund_status WHEN 'succeeded' THEN n.refund_amount_cents ELSE 0 END
        """,
    ),
    Invariant(
        "wallet_entries_are_in_the_journal",
        "Each settled entry of a wallet is in the journal once, and no other.",
        """SELECT w.id, w.amount_cents, e.wallets FROM credits_wallettransaction w
            FULL JOIN (SELECT subject_id, sum(wallets) AS wallets FROM invoicing_journalentry
                       WHERE subject_type = 'credits.wallettransaction' GROUP BY subject_id) e ON e.subject_id = w.id
            WHERE CASE WHEN w.status <> 'settled' THEN 0
                       WHEN w.transaction_type = 'inbound' THEN -w.amount_cents ELSE w.amount_cents END
                  IS DISTINCT FROM coalesce(e.wallets, 0) OR w.id IS NULL
               OR (w.status = 'settled') <> (e.subject_id IS NOT NULL)""",
    ),
    _control(
        "receivables_are_what_is_due",
        "What customers owe by the journal is what is left to pay of their final invoices.",
        "receivable",
        "true",
        """SELECT customer_id, currency,
                sum(total_amount_cents - total_paid_amount_cents - offset_amount_cents) AS cents
            FROM invoicing_invoice WHERE status = 'finalized' GROUP BY customer_id, currency""",
    ),
    _control(
        "wallets_are_what_is_left_in_them",
        "What is owed to customers in credits by the journal is what is in their wallets.",
        "-wallets",
        "true",
        "SELECT customer_id, currency, sum(balance_cents) AS cents FROM credits_wallet GROUP BY customer_id, currency",
    ),
    _control(
        "credits_owed_are_what_is_left_of_notes",
        "What is owed to customers by the journal for credit notes is what is left of these.",
        "-credits_owed",
        "kind <> 'voided'",
        """SELECT customer_id, currency, sum(balance_amount_cents) AS cents FROM invoicing_creditnote
            GROUP BY customer_id, currency""",
    ),
    _control(
        "refunds_owed_are_those_not_paid",
        "What is to be refunded by the journal is what credit notes say.",
        "-refunds_owed",
        "true",
        """SELECT customer_id, currency, sum(refund_amount_cents) AS cents FROM invoicing_creditnote
            WHERE refund_status <> 'succeeded' GROUP BY customer_id, currency""",
    ),
    _control(
        "unapplied_money_is_what_payments_keep",
        "What came in and nothing was due for by the journal is what payments keep.",
        "-unapplied",
        "true",
        """SELECT customer_id, currency, sum(unapplied_amount_cents) AS cents FROM invoicing_payment
            WHERE state = 'succeeded' GROUP BY customer_id, currency""",
    ),
    _control(
        "disputed_money_is_what_banks_hold",
        "What banks hold by the journal is what open, won and closed disputes have not brought back.",
        "disputed",
        "true",
        _withdrawn("d.state <> 'lost'"),
    ),
    _control(
        "losses_are_lost_disputes",
        "What is lost by the journal is what banks took in disputes that they decided against us.",
        "losses",
        "true",
        _withdrawn("d.state = 'lost'"),
    ),
    _control(
        "drawn_credits_arrive",
        "All credits that left wallets for invoices have paid these.",
        "drawn",
        "kind IN ('invoiced', 'drawn')",
        "SELECT NULL::bigint AS customer_id, NULL::varchar AS currency, 0 AS cents WHERE false",
    ),
)
TRIGGERS = (
    ("invoicing_journalentry", "invoicing_journalentry_kept"),
    ("invoicing_journalentry", "invoicing_journalentry_not_emptied"),
    *(
        (table, f"{table}_posted_on_{event}")
        for table in (
            "invoicing_invoice",
            "invoicing_creditnote",
            "credits_wallettransaction",
            "invoicing_payment",
            "invoicing_dispute",
        )
        for event in ("insert", "update")
    ),
)
# Accounts that came later stand in what is sealed only where something is on them, so that older seals hold.
LATER = ("unapplied", "disputed", "losses")
_FIRST = ", ".join(f"e.{name}" for name in ACCOUNTS if name not in LATER)
_LATER = ", ".join(f"e.{name}" for name in LATER)
# What an entry says, and with an invoice's all that the invoice says: its amounts, parties, lines and taxes (I25).
CHAIN = Chain(
    "journal",
    "invoicing_journalentry",
    f"""SELECT e.id, (jsonb_build_array(e.id, e.kind, e.customer_id, e.currency, e.subject_type, e.subject_id,
            extract(epoch FROM e.occurred_at), {_FIRST}, i.said)
            || CASE WHEN ({_LATER}) <> (0, 0, 0) THEN jsonb_build_array({_LATER}) ELSE '[]' END)::text AS said
        FROM invoicing_journalentry e LEFT JOIN LATERAL (
            SELECT jsonb_build_array(i.lago_id, i.number, i.invoice_type, i.issuing_date, i.payment_due_date,
                i.operation_key, i.seller, i.buyer,
                (SELECT jsonb_agg(jsonb_build_array(f.id, f.lago_id, f.fee_type, f.subscription_id, f.item_code,
                        f.item_name, f.invoice_display_name, f.units, f.precise_unit_amount, f.amount_cents,
                        f.taxes_amount_cents, extract(epoch FROM f.from_at), extract(epoch FROM f.to_at),
                        f.amount_details) ORDER BY f.id)
                 FROM invoicing_fee f WHERE f.invoice_id = i.id),
                (SELECT jsonb_agg(jsonb_build_array(t.id, t.code, t.name, t.rate, t.amount_cents) ORDER BY t.id)
                 FROM invoicing_invoicetax t WHERE t.invoice_id = i.id)) AS said
            FROM invoicing_invoice i WHERE i.id = e.subject_id
        ) i ON e.kind = 'invoiced'""",
)
