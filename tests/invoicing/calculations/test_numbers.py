import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.calculations.numbers import draft_number, invoice_number


def number(numbering, *, customer=7, invoice=12, entity=123, month="202403"):
    return invoice_number(
        "ACM-9F2C",
        numbering=numbering,
        customer_sequence=customer,
        invoice_sequence=invoice,
        entity_sequence=entity,
        year_month=month,
    )


@pytest.mark.parametrize(
    ("_case", "printed", "expected"),
    [
        ("the customer and the invoice", number("per_customer"), "ACM-9F2C-007-012"),
        ("the first of all", number("per_customer", customer=1, invoice=1), "ACM-9F2C-001-001"),
        ("the last of three digits", number("per_customer", customer=999, invoice=999), "ACM-9F2C-999-999"),
        ("more than three digits", number("per_customer", customer=1000, invoice=12345), "ACM-9F2C-1000-12345"),
        ("the month and the invoice", number("per_billing_entity"), "ACM-9F2C-202403-123"),
        ("the first of the entity", number("per_billing_entity", entity=1), "ACM-9F2C-202403-001"),
        ("a new month goes on", number("per_billing_entity", entity=124, month="202404"), "ACM-9F2C-202404-124"),
        ("a thousand of the entity", number("per_billing_entity", entity=1000), "ACM-9F2C-202403-1000"),
    ],
)
def test_the_number_of_an_invoice(_case, printed, expected):
    assert printed == expected


def test_a_draft_has_no_number_yet():
    assert draft_number("ACM-9F2C") == "ACM-9F2C-DRAFT"


def test_no_other_way_to_number_is_taken_for_one_of_the_two():
    with pytest.raises(ValueError, match="'per_organization' is no way to number invoices"):
        number("per_organization")


sequences = st.integers(1, 10**7)


@given(st.tuples(sequences, sequences), st.tuples(sequences, sequences))
def test_invoices_of_one_entity_never_share_a_number_per_customer(one, other):
    numbers = {number("per_customer", customer=customer, invoice=invoice) for customer, invoice in (one, other)}

    assert len(numbers) == len({one, other})


@given(sequences, sequences, st.sampled_from(["202403", "202404"]))
def test_invoices_of_one_entity_never_share_a_number_whatever_the_month(one, other, month):
    numbers = {number("per_billing_entity", entity=one), number("per_billing_entity", entity=other, month=month)}

    assert len(numbers) == len({(one, "202403"), (other, month)})
