"""Objects of several models from one statement are those that the ORM reads."""

import pytest

from billing_site.core import joined
from customers.models import BillingEntity, Customer
from tests.databases import FOUNDED_AT, fresh

STATEMENT = f"""
    SELECT {joined.columns(Customer, "c")}, {joined.columns(BillingEntity, "e")}, {joined.columns(BillingEntity, "n")},
        c.external_id || '!'
    FROM customers_customer c JOIN customers_billingentity e ON e.id = c.billing_entity_id
    LEFT JOIN customers_billingentity n ON false WHERE c.external_id = %(name)s
"""


def columns_of(item):
    return {field.attname: getattr(item, field.attname) for field in item._meta.concrete_fields}


@pytest.mark.usefixtures("django_db_blocker_lifted")
def test_rows_are_read_as_whole_objects():
    with fresh():
        customer = Customer.objects.create(
            external_id="cust", billing_entity=BillingEntity.objects.get(), sequential_id=7, slug="C-7",
            created_at=FOUNDED_AT, updated_at=FOUNDED_AT,
        )  # fmt: skip
        [((read, entity, nobody), others)] = joined.read(
            STATEMENT, {"name": "cust"}, Customer, BillingEntity, BillingEntity
        )
        none = joined.read(STATEMENT, {"name": "other"}, Customer, BillingEntity, BillingEntity)

        known = Customer.objects.select_related("billing_entity").get(pk=customer.pk)

    assert columns_of(read) == columns_of(known)
    assert columns_of(entity) == columns_of(known.billing_entity)
    assert (nobody, others, none) == (None, ("cust!",), [])
    assert not read._state.adding
