from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_site.core.money import plain
from credits.calculations.coupons import CouponUse, CustomerCoupon, DiscountedFee, apply_coupons

JANUARY = datetime(2024, 1, 1, tzinfo=UTC)


def fee(key, cents, *, plan=(), metric=None, taken="0"):
    return DiscountedFee(key, cents, frozenset(plan), metric, Decimal(taken))


def fixed(
    key, cents, *, frequency="forever", day=0, currency="EUR", remaining=None, invoices_left=None, plans=(), metrics=()
):
    return CustomerCoupon(
        key,
        JANUARY + timedelta(days=day),
        frequency,
        amount_cents=cents,
        currency=currency,
        remaining_cents=remaining,
        invoices_left=invoices_left,
        plan_keys=frozenset(plans),
        metric_keys=frozenset(metrics),
    )  # fmt: skip


def percentage(key, rate, *, frequency="forever", day=0, invoices_left=None, plans=(), metrics=()):
    return CustomerCoupon(
        key,
        JANUARY + timedelta(days=day),
        frequency,
        percentage_rate=Decimal(rate),
        invoices_left=invoices_left,
        plan_keys=frozenset(plans),
        metric_keys=frozenset(metrics),
    )


def taken(coupons, fees, currency="EUR"):
    discounts = apply_coupons(coupons, fees, currency=currency)
    return [(use.key, use.amount_cents) for use in discounts.uses]


def shares(coupons, fees):
    return [plain(each.precise_coupons_cents) for each in apply_coupons(coupons, fees, currency="EUR").fees]


@pytest.mark.parametrize(
    ("_case", "coupon", "cents", "expected"),
    [
        ("a fixed amount", fixed(1, 1000), 10000, 1000),
        ("never more than there is", fixed(1, 11000), 10000, 10000),
        ("what is left of an amount given once", fixed(1, 1000, frequency="once", remaining=400), 10000, 400),
        ("a percentage", percentage(1, "10"), 10000, 1000),
        ("half a cent of a percentage goes up", percentage(1, "50"), 101, 51),
        ("a percentage with decimals", percentage(1, "12.345"), 10000, 1235),
        ("a hundred percent", percentage(1, "100"), 9999, 9999),
        ("more than a hundred percent", percentage(1, "150"), 9999, 9999),
    ],
)
def test_what_one_coupon_takes(_case, coupon, cents, expected):
    assert taken([coupon], [fee(1, cents)]) == [(1, expected)]


@pytest.mark.parametrize(
    ("_case", "coupons", "fees"),
    [
        ("another currency", [fixed(1, 1000, currency="USD")], [fee(1, 10000)]),
        ("no fee of its plan", [fixed(1, 1000, plans=[7])], [fee(1, 10000, plan=[8])]),
        ("no fee of its metric", [fixed(1, 1000, metrics=[7])], [fee(1, 10000, plan=[7])]),
        ("nothing to pay", [fixed(1, 1000), percentage(2, "10", frequency="once")], [fee(1, 0)]),
        ("everything taken before", [fixed(1, 1000)], [fee(1, 500, taken="500")]),
        ("a percentage of next to nothing", [percentage(1, "10")], [fee(1, 4)]),
        ("no fees", [fixed(1, 1000)], []),
        ("no coupons", [], [fee(1, 1000)]),
    ],
)
def test_a_coupon_that_finds_nothing_to_take_is_not_used(_case, coupons, fees):
    discounts = apply_coupons(coupons, fees, currency="EUR")

    assert (discounts.uses, discounts.fees, discounts.amount_cents) == ((), tuple(fees), 0)


def test_percentages_fit_any_currency():
    assert taken([percentage(1, "10"), fixed(2, 10)], [fee(1, 100)], currency="JPY") == [(1, 10)]


def test_coupons_for_metrics_come_first_then_those_for_plans_then_the_others_each_by_age():
    coupons = [
        fixed("all-old", 1, day=0),
        fixed("plan-old", 1, day=1, plans=["p"]),
        fixed("metric-new", 1, day=9, metrics=["m"]),
        fixed("metric-old", 1, day=3, metrics=["m"]),
        fixed("plan-new", 1, day=4, plans=["p"]),
        fixed("all-new", 1, day=5),
    ]

    order = [key for key, _ in taken(coupons, [fee(1, 1000, plan=["p"], metric="m")])]

    assert order == ["metric-old", "metric-new", "plan-old", "plan-new", "all-old", "all-new"]


def test_coupons_of_the_same_moment_go_by_their_ids():
    assert [key for key, _ in taken([fixed(10, 1), fixed(9, 1)], [fee(1, 1000)])] == [9, 10]


def test_each_coupon_takes_from_what_the_ones_before_left():
    coupons = [percentage(1, "10"), percentage(2, "10", day=1), fixed(3, 10000, day=2), fixed(4, 1, day=3)]

    assert taken(coupons, [fee(1, 10000)]) == [(1, 1000), (2, 900), (3, 8100)]


def test_coupons_above_the_fees_take_the_fees():
    fees = [fee("sub1", 10000), fee("sub2", 5000)]
    coupons = [fixed(1, 10000, frequency="once", remaining=10000), fixed(2, 10000, frequency="once", remaining=10000)]

    discounts = apply_coupons(coupons, fees, currency="EUR")

    assert discounts.amount_cents == 15000
    assert discounts.uses == (CouponUse(1, 10000, 0, None, True), CouponUse(2, 5000, 5000, None, False))
    assert [each.precise_coupons_cents for each in discounts.fees] == [10000, 5000]


def test_a_coupon_is_spread_over_its_fees_and_loses_nothing():
    thirds = [fee(1, 1000), fee(2, 1000), fee(3, 1000)]

    assert shares([fixed(1, 1000)], thirds) == ["333.333333333333334", "333.333333333333333", "333.333333333333333"]
    assert shares([fixed(1, 100)], [fee(1, 7500), fee(2, 2500)]) == ["75.0", "25.0"]


def test_shares_are_rounded_to_five_decimals_before_what_is_lost_is_spread():
    fees = [fee(1, 1999), fee(2, 6833), fee(3, 20033)]

    assert shares([fixed(1, 1000)], fees) == ["69.253423333333334", "236.722673333333333", "694.023903333333333"]


def test_a_limited_coupon_takes_from_its_fees_alone():
    fees = [fee(1, 6000, plan=[1]), fee(2, 3000, plan=[1], metric=5), fee(3, 1000, plan=[2], metric=5)]

    assert shares([fixed(1, 900, plans=[1])], fees) == ["600.0", "300.0", "0.0"]
    assert shares([fixed(1, 400, metrics=[5])], fees) == ["0.0", "300.0", "100.0"]


def test_a_plan_that_was_derived_from_another_belongs_to_both():
    assert taken([fixed(1, 900, plans=[1])], [fee(1, 6000, plan=[44, 1])]) == [(1, 900)]


def test_what_was_taken_by_progressive_billing_is_not_taken_again():
    discounts = apply_coupons([percentage(1, "100")], [fee(1, 1000, taken="250.5"), fee(2, 1000)], currency="EUR")

    assert discounts.amount_cents == 1749
    assert all(each.precise_coupons_cents <= 1000 for each in discounts.fees)


@pytest.mark.parametrize(
    ("_case", "coupon", "expected"),
    [
        ("once, used in full", fixed(1, 700, frequency="once", remaining=700), (0, None, True)),
        ("once, used in part", fixed(1, 5000, frequency="once", remaining=5000), (4000, None, False)),
        ("once, the rest of it", fixed(1, 5000, frequency="once", remaining=300), (0, None, True)),
        ("once, before anything was noted", fixed(1, 700, frequency="once"), (0, None, True)),
        ("a percentage once", percentage(1, "10", frequency="once"), (None, None, True)),
        ("three times", percentage(1, "10", frequency="recurring", invoices_left=3), (None, 2, False)),
        ("the last time", fixed(1, 700, frequency="recurring", invoices_left=1), (None, 0, True)),
        ("an amount for ever", fixed(1, 700), (None, None, False)),
        ("a percentage for ever", percentage(1, "10"), (None, None, False)),
    ],
)
def test_what_is_left_of_a_coupon_after_its_use(_case, coupon, expected):
    (use,) = apply_coupons([coupon], [fee(1, 1000)], currency="EUR").uses

    assert (use.remaining_cents, use.invoices_left, use.is_used_up) == expected


def test_a_recurring_amount_is_there_in_full_each_time():
    assert taken([fixed(1, 700, frequency="recurring", invoices_left=2)], [fee(1, 1000)]) == [(1, 700)]


keys = st.integers(1, 3)
fees_drawn = st.lists(
    st.builds(
        DiscountedFee,
        key=keys,
        amount_cents=st.integers(0, 10**7),
        plan_keys=st.frozensets(keys, min_size=1, max_size=2),
        metric_key=st.none() | keys,
    ),
    max_size=6,
)
limits = st.sampled_from([{}, {"plans": [1]}, {"plans": [2, 3]}, {"metrics": [1]}, {"metrics": [2, 3]}])
coupons_drawn = st.lists(
    st.one_of(
        st.builds(lambda key, cents, limit: fixed(key, cents, **limit), keys, st.integers(1, 10**7), limits),
        st.builds(
            lambda key, rate, limit: percentage(key, rate, **limit), keys, st.decimals("0.00001", 100, places=5), limits
        ),
    ),
    max_size=5,
)


@given(coupons_drawn, fees_drawn)
def test_coupons_lose_nothing_and_never_take_more_than_there_is(coupons, fees):
    discounts = apply_coupons(coupons, fees, currency="EUR")

    assert sum((each.precise_coupons_cents for each in discounts.fees), Decimal(0)) == discounts.amount_cents
    assert all(0 <= each.precise_coupons_cents <= each.amount_cents for each in discounts.fees)
    assert all(each.precise_coupons_cents == round(each.precise_coupons_cents, 15) for each in discounts.fees)
    assert all(use.amount_cents > 0 for use in discounts.uses)


@given(coupons_drawn, fees_drawn)
def test_a_fee_that_no_coupon_is_good_for_stays_whole(coupons, fees):
    discounts = apply_coupons(coupons, fees, currency="EUR")

    for each in discounts.fees:
        if not any(coupon.takes_from(each) for coupon in coupons):
            assert each.precise_coupons_cents == 0


@given(coupons_drawn, fees_drawn)
def test_the_order_in_which_coupons_are_read_does_not_matter(coupons, fees):
    coupons = list({coupon.key: coupon for coupon in coupons}.values())

    assert apply_coupons(coupons, fees, currency="EUR") == apply_coupons(coupons[::-1], fees, currency="EUR")
