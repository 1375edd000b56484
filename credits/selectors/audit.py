"""What is always true of wallets: their balances are what their entries make."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "wallets_add_up",
        "A wallet's balance is the sum of its settled entries, in money and in credits.",
        """SELECT w.id, w.balance_cents, w.credits_balance, coalesce(e.cents, 0) AS cents,
                coalesce(e.credits, 0) AS credits
            FROM credits_wallet w LEFT JOIN (
                SELECT wallet_id, sum(CASE transaction_type WHEN 'inbound' THEN amount_cents ELSE -amount_cents END)
                           AS cents,
                       sum(CASE transaction_type WHEN 'inbound' THEN credit_amount ELSE -credit_amount END) AS credits
                FROM credits_wallettransaction WHERE status = 'settled' GROUP BY wallet_id
            ) e ON e.wallet_id = w.id
            WHERE w.balance_cents <> coalesce(e.cents, 0) OR w.credits_balance <> coalesce(e.credits, 0)""",
    ),
    Invariant(
        "wallet_entries_follow_one_another",
        "The settled entries of a wallet are numbered without gaps, and each balance follows from the one before.",
        """SELECT wallet_id, id, sequence, balance_after_cents, cents FROM (
                SELECT e.*, row_number() OVER w AS place,
                       sum(CASE transaction_type WHEN 'inbound' THEN amount_cents ELSE -amount_cents END)
                           OVER w AS cents
                FROM credits_wallettransaction e WHERE status = 'settled'
                WINDOW w AS (PARTITION BY wallet_id ORDER BY sequence)
            ) s WHERE sequence <> place OR balance_after_cents <> cents""",
    ),
    Invariant(
        "wallet_credits_are_traced",
        "What left a wallet was taken from what had come in, and what is left of that is what was not taken.",
        """SELECT e.id, e.transaction_type, e.amount_cents, e.remaining_amount_cents FROM credits_wallettransaction e
            LEFT JOIN (SELECT inbound_id, sum(amount_cents) AS cents FROM credits_walletconsumption
                       GROUP BY inbound_id) used ON used.inbound_id = e.id
            LEFT JOIN (SELECT outbound_id, sum(amount_cents) AS cents FROM credits_walletconsumption
                       GROUP BY outbound_id) taken ON taken.outbound_id = e.id
            WHERE e.status = 'settled' AND (
                (e.transaction_type = 'inbound'
                    AND e.remaining_amount_cents IS DISTINCT FROM e.amount_cents - coalesce(used.cents, 0))
                OR (e.transaction_type = 'outbound' AND e.amount_cents <> coalesce(taken.cents, 0)))""",
    ),
)
# Defences that migrations made in SQL: (table, name).
TRIGGERS = (
    ("credits_wallettransaction", "credits_wallettransaction_kept"),
    ("credits_walletconsumption", "credits_walletconsumption_kept"),
)
