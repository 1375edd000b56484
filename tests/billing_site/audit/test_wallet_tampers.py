"""Does the auditor see what was done to wallets and deals? One tamper at a time; the right invariant breaks."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from billing_site import books, schedule
from credits.services import deals, redemptions, wallet_transactions, wallets
from customers.models import Customer
from tests import companies, databases
from tests.billing_site.audit import tampering

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
NOW = datetime(2024, 2, 2, tzinfo=UTC)
LATER = datetime(2024, 3, 12, tzinfo=UTC)
ENTRY = "(SELECT max(id) FROM credits_wallettransaction WHERE transaction_status = 'invoiced')"
PAID = "(SELECT max(id) FROM invoicing_invoice WHERE prepaid_credit_amount_cents > 0)"

TAMPERS = {
    "a wallet has a cent more": (
        "UPDATE credits_wallet SET balance_cents = balance_cents + 1 WHERE id = 1", "wallets_add_up"),
    "a wallet has a credit more": (
        "UPDATE credits_wallet SET credits_balance = credits_balance + 1 WHERE id = 1", "wallets_add_up"),
    "an entry is gone": (
        f"DELETE FROM credits_walletconsumption WHERE outbound_id = {ENTRY};"
        f" DELETE FROM credits_wallettransaction WHERE id = {ENTRY}", "wallets_add_up"),
    "an entry is a cent more": (
        f"UPDATE credits_wallettransaction SET amount_cents = amount_cents + 1 WHERE id = {ENTRY}", "wallets_add_up"),
    "an entry changed its place": (
        f"UPDATE credits_wallettransaction SET sequence = sequence + 50 WHERE id = {ENTRY}",
        "wallet_entries_follow_one_another"),
    "a balance on the way is wrong": (
        f"UPDATE credits_wallettransaction SET balance_after_cents = balance_after_cents + 1 WHERE id = {ENTRY}",
        "wallet_entries_follow_one_another"),
    "a trace is gone": (
        f"DELETE FROM credits_walletconsumption WHERE outbound_id = {ENTRY}", "wallet_credits_are_traced"),
    "credits can be used again": (
        """UPDATE credits_wallettransaction SET remaining_amount_cents = amount_cents
        WHERE remaining_amount_cents < amount_cents""", "wallet_credits_are_traced"),
    "an invoice says that less was granted": (
        f"""UPDATE invoicing_invoice
        SET prepaid_granted_credit_amount_cents = prepaid_granted_credit_amount_cents - 1 WHERE id = {PAID}""",
        "wallets_pay_what_invoices_say"),
    "credits paid for nothing": (
        f"UPDATE credits_wallettransaction SET invoice_id = gen_random_uuid() WHERE id = {ENTRY}",
        "wallet_draws_have_their_invoice"),
    "a deal was taken once less": (
        "UPDATE credits_deal SET redeemed_count = redeemed_count - 1", "deals_are_counted"),
    "a deal was taken more often than it can be": (
        "ALTER TABLE credits_deal DROP CONSTRAINT deal_within_limit;"
        " UPDATE credits_deal SET max_redemptions = redeemed_count - 1", "deals_are_counted"),
    "a customer took a deal once too often": (
        "ALTER TABLE credits_dealredemption DROP CONSTRAINT deal_place_allowed;"
        " UPDATE credits_dealredemption SET place = allowed + 1", "deals_are_counted"),
    "somebody else has the discount": (
        "UPDATE credits_appliedcoupon SET customer_id = 3 WHERE id IN (SELECT applied_coupon_id FROM"
        " credits_dealredemption)", "deals_give_to_who_took_them"),
    "credits were left to who gave the deal back": (
        "UPDATE credits_dealredemption SET taken_back_at = now()", "deals_give_to_who_took_them"),
}  # fmt: skip


@pytest.fixture(scope="module")
def books_name(django_db_blocker):
    """Three customers with a wallet each, which paid invoices and lost a credit; one of them took a deal."""
    with django_db_blocker.unblock(), databases.fresh():
        companies.usage(companies.subscribers(3, companies.catalogue(BEGIN), BEGIN), days=20)
        for customer in Customer.objects.order_by("pk"):
            wallet = wallets.create(
                customer, now=BEGIN, currency="EUR", rate_amount=Decimal(1), granted_credits=Decimal(200)
            )
            wallet_transactions.create(wallet, now=BEGIN, voided_credits=Decimal(1))
        half = {"coupon_type": "percentage", "percentage_rate": Decimal(50), "frequency": "once"}
        given = deals.create(
            now=BEGIN, code="deal", name="Deal", discount=half, granted_credits=Decimal(5), currency="EUR"
        )
        redemptions.give(Customer.objects.earliest("pk"), given, now=BEGIN)
        schedule.tick(now=NOW)
        schedule.tick(now=LATER)
        assert books.audit_books(now=LATER) == []
        name = connection.settings_dict["NAME"]
        connection.close()
        yield name


@pytest.mark.parametrize("deed", TAMPERS)
def test_each_way_of_tampering_is_seen_by_the_right_invariant(books_name, django_db_blocker, deed):
    statements, expected = TAMPERS[deed]
    with django_db_blocker.unblock():
        assert tampering.seen(books_name, statements, expected, now=LATER) == [expected]
