"""Many workers take from one wallet at the same time: what is taken is what was there, to the cent (D01, T12)."""

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing_site import books
from billing_site.core.errors import Invalid
from credits.models import Wallet, WalletConsumption, WalletTransaction
from credits.services import wallet_transactions, wallets
from customers.services import customers
from tests import databases

NOW = datetime(2024, 1, 10, 9, tzinfo=UTC)
WORKERS, ATTEMPTS, COVERED = 16, 20, 100


@pytest.fixture
def wallet(django_db_blocker_lifted):
    with databases.fresh():
        customer = customers.upsert("cust", now=NOW)
        yield wallets.create(
            customer, now=NOW, currency="EUR", rate_amount=Decimal(1), granted_credits=Decimal(10 * COVERED)
        )


def test_a_wallet_that_covers_100_of_320_debits_pays_100(wallet):
    outcomes = []

    def work():
        for _ in range(ATTEMPTS):
            try:
                wallet_transactions.create(wallet, now=NOW, voided_credits=Decimal(10))
                outcomes.append("taken")
            except Invalid:
                outcomes.append("refused")
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    wallet.refresh_from_db()
    assert (outcomes.count("taken"), outcomes.count("refused")) == (COVERED, WORKERS * ATTEMPTS - COVERED)
    assert (wallet.balance_cents, wallet.credits_balance, wallet.latest_sequence) == (0, 0, COVERED + 1)
    assert WalletConsumption.objects.count() == COVERED
    assert books.audit_books(now=NOW) == []


def test_the_database_refuses_an_overdraft_and_changes_to_what_was_said(wallet):
    entry = WalletTransaction.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.update(balance_cents=-1)
    with pytest.raises(IntegrityError), transaction.atomic():
        WalletTransaction.objects.update(amount_cents=entry.amount_cents + 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        WalletTransaction.objects.update(status="failed", sequence=None, balance_after_cents=None)
