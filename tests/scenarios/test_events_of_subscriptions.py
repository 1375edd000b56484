"""Events are shown with the subscription and the customer they belong to."""

import pytest


def send(world, mark, subscription="sub", **fields):
    event = {"transaction_id": mark, "code": "requests", "external_subscription_id": subscription} | fields
    return world.post("/events", {"event": event})


@pytest.mark.usefixtures("pro_plan")
def test_events_name_the_subscription_that_was_live_when_they_happened(world, subscribed):
    send(world, "within")
    send(world, "before", timestamp=1_700_000_000)
    send(world, "of-nobody", "other")

    events = {event["transaction_id"]: event for event in world.get("/events")["events"]}
    ids = {mark: (event["lago_subscription_id"], event["lago_customer_id"]) for mark, event in events.items()}
    owner = (subscribed["lago_id"], subscribed["lago_customer_id"])
    assert ids == {"within": owner, "before": (None, None), "of-nobody": (None, None)}

    assert world.get("/events/within")["event"] == events["within"]
    assert world.get("/events/nothing", status=404)["code"] == "event_not_found"


@pytest.mark.usefixtures("subscribed")
def test_events_can_be_asked_for_since_the_subscription_began(world):
    send(world, "within")
    send(world, "before", timestamp=1_700_000_000)

    address = "/events?timestamp_from_started_at=true"
    found = world.get(f"{address}&external_subscription_id=sub")["events"]
    assert [event["transaction_id"] for event in found] == ["within"]
    assert world.get(address, status=422)["error_details"] == {"external_subscription_id": ["value_is_mandatory"]}
    assert world.get(f"{address}&external_subscription_id=no", status=404)["code"] == "subscription_not_found"
    assert world.get("/events?timestamp_from=yesterday", status=422)["error_details"] == {
        "timestamp_from": ["invalid_date"]
    }
