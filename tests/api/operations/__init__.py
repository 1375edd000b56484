"""
The table of writing operations: each with a body that is accepted, from which the tests make all that is not.

A route that writes and has no row here fails tests/api/test_bad_input.py. A row's `path` is the route as the URLconf
spells it; `at` fills it in from the world of tests/api/world.py; so may any `${name}` in the body.
"""

from tests.api.operations import credits, customers, entitlements, invoicing, metering, payments, plans, webhooks
from tests.api.operations.row import Row

ROWS: list[Row] = [
    *customers.ROWS,
    *metering.ROWS,
    *plans.ROWS,
    *entitlements.ROWS,
    *credits.ROWS,
    *invoicing.ROWS,
    *webhooks.ROWS,
    *payments.ROWS,
]
