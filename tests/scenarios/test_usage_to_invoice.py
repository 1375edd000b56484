"""From an event to an invoice, told over HTTP and the clock."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing_site.core.models import Activity, Counter
from invoicing.models import BilledPeriod, Invoice
from invoicing.services import billing
from metering.models import EventKey
from plans.models import Subscription


def send(world, *ids, **fields):
    events = [{"transaction_id": mark, "code": "requests", "external_subscription_id": "sub"} | fields for mark in ids]
    return world.post("/events/batch", {"events": events})


@pytest.mark.usefixtures("subscribed")
def test_a_trial_ends_and_months_are_billed_with_tax_and_coupon(world):
    coupon = {
        "name": "Tenth", "code": "tenth", "coupon_type": "percentage", "percentage_rate": "10", "frequency": "once",
        "expiration": "no_expiration",
    }  # fmt: skip
    world.post("/coupons", {"coupon": coupon})
    world.post("/applied_coupons", {"applied_coupon": {"external_customer_id": "cust", "coupon_code": "tenth"}})
    send(world, "a", "b")

    usage = world.get("/customers/cust/current_usage?external_subscription_id=sub")["customer_usage"]
    assert (usage["amount_cents"], usage["taxes_amount_cents"], usage["total_amount_cents"]) == (2000, 400, 2400)

    world.travel_to("2024-03-15T13:02:00Z")
    world.run_clock()
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()

    invoices = world.get("/invoices?external_customer_id=cust")["invoices"]
    figures = [(row["fees_amount_cents"], row["coupons_amount_cents"], row["total_amount_cents"]) for row in invoices]
    # April in advance with two requests of March; before it 17 of 31 days, less a tenth, each with 20 % of tax.
    assert figures == [(5_002_000, 0, 6_002_400), (2_741_935, 274_194, 2_961_289)]
    assert [row["number"][-7:] for row in invoices] == ["001-002", "001-001"]

    fees = world.get(f"/invoices/{invoices[0]['lago_id']}")["invoice"]["fees"]
    assert [(fee["item"]["type"], fee["units"], fee["amount_cents"]) for fee in fees] == [
        ("subscription", "1.0", 5_000_000),
        ("charge", "2.0", 2000),
    ]


@pytest.mark.usefixtures("subscribed")
def test_a_run_that_missed_months_bills_each_of_them_once_and_the_next_run_makes_nothing(world):
    world.travel_to("2024-06-10T00:00:00Z")
    world.run_clock()
    world.run_clock()

    kinds = BilledPeriod.objects.order_by("kind", "starts_at").values_list("kind", "starts_at__month", "ends_at__month")
    assert list(kinds) == [
        ("plan_fee", 3, 4), ("plan_fee", 4, 5), ("plan_fee", 5, 6), ("plan_fee", 6, 7),
        ("usage", 3, 4), ("usage", 4, 5), ("usage", 5, 6),
    ]  # fmt: skip
    assert Invoice.objects.count() == 4
    assert sorted(Counter.objects.filter(series__startswith="invoice").values_list("latest", flat=True)) == [4, 4]


@pytest.mark.usefixtures("subscribed")
def test_two_billed_periods_cannot_overlap_whatever_wrote_them(world):
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()
    billed = BilledPeriod.objects.filter(kind="plan_fee").order_by("starts_at").last()

    for previous in (billed.previous_end, None, billed.starts_at):
        with pytest.raises(IntegrityError), transaction.atomic():
            BilledPeriod.objects.create(
                subscription=billed.subscription, kind="plan_fee", previous_end=previous,
                starts_at=billed.starts_at, ends_at=billed.ends_at.replace(day=2), invoice=billed.invoice,
            )  # fmt: skip


@pytest.mark.usefixtures("subscribed")
def test_a_final_invoice_is_frozen(world):
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()

    for statement in (
        "UPDATE invoicing_invoice SET issuing_date = issuing_date + 1",
        "UPDATE invoicing_fee SET description = 'other'",
        "DELETE FROM invoicing_invoicetax",
        "DELETE FROM core_activity",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.usefixtures("subscribed")
def test_the_number_of_queries_of_a_chunk_does_not_depend_on_its_size(world):
    for number in range(12):
        customer = {"external_id": f"cust-{number}", "currency": "EUR"}
        world.post("/customers", {"customer": customer})
        body = {"external_customer_id": f"cust-{number}", "external_id": f"sub-{number}", "plan_code": "pro"}
        world.post("/subscriptions", {"subscription": body})
    world.travel_to("2024-03-16T00:00:00Z")
    now = Invoice._meta.get_field("created_at").to_python("2024-03-16T00:00:00Z")
    customers = list(Subscription.objects.order_by("pk").values_list("customer_id", flat=True))

    counts = []
    for chunk in (customers[:2], customers[2:]):
        with CaptureQueriesContext(connection) as queries:
            assert billing.bill_customers(chunk, now=now)[0] == len(chunk)
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.usefixtures("subscribed")
def test_one_broken_account_is_parked_and_the_others_are_billed(world):
    world.post("/customers", {"customer": {"external_id": "broken", "currency": "EUR"}})
    body = {"external_customer_id": "broken", "external_id": "broken", "plan_code": "pro"}
    world.post("/subscriptions", {"subscription": body})
    Subscription.objects.filter(external_id="broken").update(billing_time="never")
    world.travel_to("2024-04-01T03:00:00Z")

    world.run_clock()

    assert set(Invoice.objects.values_list("customer__external_id", flat=True)) == {"cust"}
    assert list(Activity.objects.filter(type="customer.parked").values_list("subject_label", flat=True)) != []


@pytest.mark.usefixtures("subscribed")
@pytest.mark.parametrize(
    ("_case", "event", "field"),
    [
        ("no id", {"transaction_id": ""}, "transaction_id"),
        ("no code", {"code": None}, "code"),
        ("a time that is none", {"timestamp": "soon"}, "timestamp"),
        ("a time in the year 11000", {"timestamp": 285_000_000_000}, "timestamp"),
        ("NUL", {"properties": {"a": "\x00"}}, "properties"),
        ("properties that are a list", {"properties": [1]}, "properties"),
        ("an id of 300 characters", {"transaction_id": "x" * 300}, "transaction_id"),
        ("a negative amount", {"precise_total_amount_cents": "-1"}, "precise_total_amount_cents"),
        ("an id that is an object", {"transaction_id": {}}, "transaction_id"),
    ],
)
def test_a_bad_event_is_refused_with_its_field_and_nothing_is_stored(world, _case, event, field):
    body = {"transaction_id": "t", "code": "requests", "external_subscription_id": "sub"} | event

    answer = world.post("/events", {"event": body}, status=422)
    batch = world.post("/events/batch", {"events": [{"transaction_id": "good", "code": "requests"}, body]}, status=422)

    assert list(answer["error_details"]) == [field]
    assert list(batch["error_details"]["1"]) == [field]
    assert not EventKey.objects.exists()


@pytest.mark.usefixtures("subscribed")
def test_an_event_sent_twice_counts_once(world):
    event = {"transaction_id": "a", "code": "requests", "external_subscription_id": "sub", "timestamp": 1709640900}
    world.post("/events", {"event": event})

    refused = world.post("/events", {"event": event}, status=422)
    send(world, "a", "b", "b", timestamp=1709640900)
    other = world.post("/events/batch", {"events": [event | {"properties": {"x": 1}}]}, status=422)

    assert refused["error_details"] == {"transaction_id": ["value_already_exist"]}
    assert other["error_details"] == {"0": {"transaction_id": ["value_already_exist"]}}
    usage = world.get("/customers/cust/current_usage?external_subscription_id=sub")["customer_usage"]
    assert usage["charges_usage"][0]["units"] == "2.0"


@pytest.mark.parametrize(
    ("_case", "path", "body", "status"),
    [
        ("no JSON", "/customers", "{", 400),
        ("no root", "/customers", {"x": 1}, 400),
        ("NaN", "/plans", '{"plan": {"amount_cents": NaN}}', 400),
        ("a key twice", "/customers", '{"customer": {"external_id": "a", "external_id": "b"}}', 400),
        ("deep", "/customers", '{"customer":' + "[" * 100 + "]" * 100 + "}", 400),
        ("no id", "/customers", {"customer": {"name": "x"}}, 422),
        ("a country that is none", "/customers", {"customer": {"external_id": "a", "country": "XX"}}, 422),
        ("a zone that is none", "/customers", {"customer": {"external_id": "a", "timezone": "Mars/Base"}}, 422),
        ("a rate above all", "/taxes", {"tax": {"code": "a", "name": "a", "rate": 101}}, 422),
        ("a price that is a number", "/plans", {"plan": {"code": "p", "name": "p", "interval": "monthly",
            "amount_cents": 1, "amount_currency": "EUR", "charges": [{"charge_model": "standard"}]}}, 404),
        ("a negative fee", "/plans", {"plan": {"code": "p", "name": "p", "interval": "monthly",
            "amount_cents": -1, "amount_currency": "EUR"}}, 422),
        ("an unknown plan", "/subscriptions", {"subscription": {"external_customer_id": "a", "external_id": "s",
            "plan_code": "none"}}, 404),
    ],
)  # fmt: skip
def test_bad_input_is_refused_and_changes_nothing(world, _case, path, body, status):
    before = Activity.objects.count()

    answer = world.post(path, body, status=status)

    assert answer["status"] == status
    assert Activity.objects.count() == before


def test_without_a_key_nothing_is_answered(world):
    response = Client().get("/api/v1/customers")

    assert (response.status_code, response.json()["error"]) == (401, "Unauthorized")


def test_usage_since_the_start_is_told_of_one_charge_at_a_time(world, subscribed):
    event = {"transaction_id": "a", "code": "requests", "external_subscription_id": "sub"}
    world.post("/events", {"event": event})
    world.travel_to("2024-05-05T12:00:00Z")
    path = "/customers/cust/current_usage?external_subscription_id=sub"

    full = world.get(f"{path}&full_usage=true&charge_code=requests")["customer_usage"]

    assert world.get(path)["customer_usage"]["amount_cents"] == 0
    assert (full["amount_cents"], full["from_datetime"]) == (1000, "2024-03-05T12:12:00Z")
    assert world.get(f"{path}&full_usage=true", 405)["code"] == "full_usage_not_allowed"
