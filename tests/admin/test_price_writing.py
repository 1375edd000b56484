"""Prices as a person writes them, and back: laws without a database."""

from copy import deepcopy
from decimal import Decimal

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from billing_site.core.admin.fields import FigureField, figure
from billing_site.core.admin.rows import MOST, RowsField
from plans.admin import price_forms
from plans.admin.custom_values import read_value, written_value

amounts = st.decimals(min_value=0, max_value=10**9, places=4).map(lambda value: f"{value:f}")
texts = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=20)


@st.composite
def tiers(draw, price):
    """Tiers that follow each other, written in either of the two ways."""
    ends = sorted(draw(st.sets(st.integers(2, 10**9), max_size=5)))
    gap = draw(st.sampled_from([0, 1]))
    starts = [0, *(end + gap for end in ends)]
    return [
        {"from_value": start, "to_value": end, price: draw(amounts), "flat_amount": draw(amounts)}
        for start, end in zip(starts, [*ends, None], strict=True)
    ]


PRICES = {
    "standard": st.fixed_dictionaries({"amount": amounts}),
    "package": st.fixed_dictionaries(
        {"amount": amounts, "package_size": st.integers(1, 10**9), "free_units": st.integers(0, 10**9)}
    ),
    "percentage": st.fixed_dictionaries(
        {"rate": amounts},
        optional={
            "fixed_amount": amounts,
            "free_units_per_events": st.integers(1, 10**6),
            "free_units_per_total_aggregation": amounts,
            "per_transaction_min_amount": amounts,
            "per_transaction_max_amount": amounts,
        },
    ),  # fmt: skip
    "graduated": st.fixed_dictionaries({"graduated_ranges": tiers("per_unit_amount")}),
    "volume": st.fixed_dictionaries({"volume_ranges": tiers("per_unit_amount")}),
    "graduated_percentage": st.fixed_dictionaries({"graduated_percentage_ranges": tiers("rate")}),
    "dynamic": st.just({}),
}


def typed_again(model, stored):
    """Return what is stored when a form that shows these properties is saved as it is."""
    answers = {}
    for name, field in price_forms.price_fields([model], "EUR").items():
        shown = price_forms.as_typed(model, stored)[name]
        if isinstance(field, RowsField):
            cells = [{column: "" if row.get(column) is None else str(row[column]) for column in row} for row in shown]
            answers[name] = field.clean(cells)
        else:
            answers[name] = field.clean("" if shown is None else str(shown))
    return price_forms.properties(model, answers, stored)


@pytest.mark.parametrize("model", PRICES)
@given(data=st.data())
def test_a_price_that_is_shown_and_saved_stays_what_it_is(model, data):
    stored = data.draw(PRICES[model])

    assert typed_again(model, stored) == stored


@given(st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda inner: st.dictionaries(texts, inner)))
def test_a_custom_value_that_is_written_reads_as_what_it_was(value):
    assert read_value(written_value(value)) == value
    assert type(read_value(written_value(value))) is type(value)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1,250,000", "1250000"),
        ("1 250 000.5", "1250000.5"),
        ("1\xa0000", "1000"),
        ("0.050", "0.050"),
        (" 7 ", "7"),
    ],
)
def test_numbers_are_read_as_people_write_them(typed, read):
    assert str(figure("Units").clean(typed)) == read


@pytest.mark.parametrize(
    "typed", ["0,05", "1,25", "12,50,000", "1e5", "1_000", "NaN", "Infinity", "-1", "x", "9" * 16, "0." + "1" * 16]
)
def test_what_is_no_number_or_could_be_two_is_refused(typed):
    with pytest.raises(forms.ValidationError):
        figure("Units").clean(typed)


def test_rows_name_the_row_and_the_cell_that_cannot_be_read():
    field = RowsField({"from": figure("From", required=False), "price": figure("Price")}, prefilled=("from",))

    assert field.clean([{"from": "0", "price": ""}, {"from": "", "price": "1"}]) == [
        {"from": None, "price": Decimal(1)}
    ]
    with pytest.raises(forms.ValidationError) as refused:
        field.clean([{"from": "0", "price": "1"}, {"from": "x", "price": "y"}])
    assert refused.value.messages == ["Row 2, from: Enter a number.", "Row 2, price: Enter a number."]
    assert field.widget.bad == {(1, "from"), (1, "price")}
    with pytest.raises(forms.ValidationError, match="Fill in at least one row"):
        field.clean([])
    with pytest.raises(forms.ValidationError, match="No more than"):
        field.clean([{"from": "", "price": "1"}] * (MOST + 1))
    assert isinstance(field.columns["price"], FigureField)


def test_the_bad_cells_of_one_form_are_not_those_of_another():
    field = RowsField({"price": figure("Price")})
    mine, another = deepcopy(field), deepcopy(field)

    with pytest.raises(forms.ValidationError):
        mine.clean([{"price": "x"}])

    assert (mine.widget.bad, another.widget.bad) == ({(0, "price")}, set())
