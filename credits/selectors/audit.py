"""What is always true of wallets and deals: balances are what entries make, and who has a deal is counted."""

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
    Invariant(
        "deals_are_counted",
        "A deal was taken as often as it says, and by nobody more often than was allowed.",
        """SELECT d.id, d.redeemed_count, d.max_redemptions, coalesce(r.taken, 0) AS taken
            FROM credits_deal d LEFT JOIN (
                SELECT deal_id, count(*) AS taken, bool_or(place > allowed) AS is_over FROM credits_dealredemption
                WHERE taken_back_at IS NULL GROUP BY deal_id
            ) r ON r.deal_id = d.id
            WHERE d.redeemed_count <> coalesce(r.taken, 0) OR d.redeemed_count > d.max_redemptions OR r.is_over""",
    ),
    Invariant(
        "deals_give_to_who_took_them",
        "What a deal gave belongs to the customer who took it, and was ended where it was taken back.",
        """SELECT r.id, r.customer_id FROM credits_dealredemption r
            LEFT JOIN credits_appliedcoupon a ON a.id = r.applied_coupon_id
            LEFT JOIN credits_wallet w ON w.id = r.wallet_id
            LEFT JOIN plans_subscription s ON s.id = r.subscription_id
            WHERE a.customer_id <> r.customer_id OR w.customer_id <> r.customer_id OR s.customer_id <> r.customer_id
                OR (r.taken_back_at IS NOT NULL AND w.status = 'active')""",
    ),
)
# Defences that migrations made in SQL: (table, name).
TRIGGERS = (
    ("credits_wallettransaction", "credits_wallettransaction_kept"),
    ("credits_walletconsumption", "credits_walletconsumption_kept"),
)
