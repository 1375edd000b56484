"""Which way a payment moves, and what a provider charges."""

import pytest

from invoicing.calculations.payment_states import follows, provider_amount


@pytest.mark.parametrize(
    ("current", "reported", "moves"),
    [
        ("sending", "succeeded", True), ("unknown", "failed", True), ("processing", "requires_action", True),
        ("processing", "processing", False), ("failed", "succeeded", True), ("failed", "processing", False),
        ("succeeded", "failed", False), ("succeeded", "canceled", False), ("canceled", "succeeded", True),
        ("canceled", "failed", False),
    ],
)  # fmt: skip
def test_a_payment_only_moves_forward(current, reported, moves):
    assert follows(current, reported) is moves


@pytest.mark.parametrize(
    ("cents", "currency", "amount"),
    [
        (1_234, "EUR", 1_234), (49, "EUR", None), (50, "EUR", 50), (100, "JPY", 100), (49, "JPY", None),
        (7, "ISK", 700), (9, "UGX", 900), (12_340, "KWD", 12_340), (12_345, "KWD", None), (29, "GBP", None),
        (5, "PEN", 5),
    ],
)  # fmt: skip
def test_amounts_are_counted_as_the_provider_counts_them(cents, currency, amount):
    assert provider_amount(cents, currency) == amount
