"""Whatever the billing of today makes, its books are clean (tests/billing_site/audit proves that the audit sees)."""

import pytest
from django.core.management import call_command


@pytest.mark.usefixtures("subscribed")
def test_books_of_a_subscription_from_trial_to_termination_are_clean(world):
    event = {"code": "requests", "external_subscription_id": "sub"}
    world.post("/events/batch", {"events": [event | {"transaction_id": str(number)} for number in range(3)]})
    for moment in ("2024-03-15T13:02:00Z", "2024-04-01T03:00:00Z", "2024-05-20T00:00:00Z"):
        world.travel_to(moment)
        world.run_clock()
    world.delete("/subscriptions/sub")
    world.run_clock()

    call_command("audit_books")
