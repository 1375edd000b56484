"""What credits are worth, who pays for what, and which credits go first."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits.calculations import wallets
from credits.calculations.wallets import PayableFee, PayingWallet, UsableCredits

DAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "rate", "currency", "cents", "kept"),
    [
        ("17.9699999999999988631316", "1", "EUR", 1797, "17.97"),
        ("10", "1.5", "EUR", 1500, "10"),
        ("1", "0.333", "EUR", 33, "0.99099"),
        ("7", "1.5", "JPY", 11, "7.33333"),
        ("0.0049", "1", "EUR", 0, "0"),
    ],
)
def test_credits_are_worth_whole_minor_units(asked, rate, currency, cents, kept):
    worth = wallets.worth_cents(wallets.cut(Decimal(asked)), Decimal(rate), currency)

    assert worth == cents
    assert wallets.credits_of(worth, Decimal(rate), currency) == Decimal(kept)


@pytest.mark.parametrize(
    ("fees", "total", "expected"),
    [
        ([("charge", 1, "100.4"), ("charge", 2, "200.4")], 301, {("charge", 2): 201, ("charge", 1): 100}),
        ([("charge", 1, "60"), ("charge", 1, "40"), ("subscription", None, "50")], 150,
         {("charge", 1): 100, ("subscription", None): 50}),
        ([("charge", 1, "0"), ("charge", 2, "10")], 10, {("charge", 2): 10}),
    ],
)  # fmt: skip
def test_what_is_owed_is_gathered_by_kind_and_metric(fees, total, expected):
    owed = wallets.buckets([PayableFee(kind, key, Decimal(cents)) for kind, key, cents in fees], total_cents=total)

    assert owed == expected


@pytest.mark.parametrize(
    ("purses", "expected"),
    [
        ([PayingWallet("a", 500)], {"a": 300}),
        ([PayingWallet("a", 50), PayingWallet("b", 500)], {"a": 50, "b": 250}),
        ([PayingWallet("a", 500, metric_keys=frozenset({2}))], {"a": 200}),
        ([PayingWallet("a", 500, fee_types=frozenset({"subscription"})), PayingWallet("b", 50)], {"b": 50}),
        ([PayingWallet("a", 0)], {}),
    ],
)
def test_wallets_pay_in_turn_for_what_they_are_kept_for(purses, expected):
    owed = {("charge", 2): 200, ("charge", 1): 100}

    assert wallets.pay(purses, owed, total_cents=300) == expected


@given(
    balances=st.lists(st.integers(0, 10**6), max_size=6),
    owed=st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
    total=st.integers(0, 10**7),
)
def test_no_wallet_pays_more_than_it_has_and_no_invoice_gets_more_than_it_asks(balances, owed, total):
    purses = [PayingWallet(number, balance) for number, balance in enumerate(balances)]

    paid = wallets.pay(purses, {("charge", key): cents for key, cents in enumerate(owed)}, total_cents=total)

    assert sum(paid.values()) == min(sum(balances), sum(owed), total)
    assert all(0 < cents <= balances[int(key)] for key, cents in paid.items())


def test_credits_go_by_priority_then_granted_before_bought_then_age():
    rows = [
        UsableCredits(1, 2, True, DAY, 25),
        UsableCredits(2, 1, False, DAY, 10),
        UsableCredits(3, 1, True, DAY + timedelta(days=1), 10),
        UsableCredits(4, 2, True, DAY - timedelta(days=1), 25),
    ]

    assert wallets.take(rows, 50) == {3: 10, 2: 10, 4: 25, 1: 5}
    with pytest.raises(ValueError, match="suffice"):
        wallets.take(rows, 71)


@pytest.mark.parametrize(
    ("gap", "paid", "most", "bought"),
    [("1", "10", None, "10"), ("10", "10", None, "20"), ("25", "10", None, "30"), ("25", "10", "20", "20"),
     ("25", "0", None, "0")],
)  # fmt: skip
def test_a_rule_buys_its_amount_as_often_as_it_takes(gap, paid, most, bought):
    assert wallets.purchase(Decimal(gap), Decimal(paid), most=most and Decimal(most)) == Decimal(bought)
