"""The provider's book against ours: what was missed is caught up with, what differs waits for staff until accepted."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from billing_site import books, schedule
from billing_site.core.errors import BillingError
from billing_site.core.models import Activity
from customers.models import PaymentProvider
from customers.services import payment_providers
from invoicing.models import Dispute, InboundEvent, Invoice, Payment, ProviderRecord, Refund
from invoicing.services.payments import collecting, reconciling, refunds
from tests.databases import fresh
from tests.fake_stripe.running import fake_stripe
from tests.invoicing.payments import world
from tests.invoicing.payments.world import BEGIN

NIGHT = BEGIN + timedelta(hours=16)


@pytest.fixture
def fake(django_db_blocker_lifted, settings, monkeypatch):
    """Three invoices that cards have paid, and what a fourth customer's slow card has not yet."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fresh(), fake_stripe() as running:
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT = running.address, 0.4
        running.get(f"/_clock?now={int(BEGIN.timestamp())}")
        world.invoices(4, lambda number: "pm_slow" if number == 3 else "pm_card")
        world.start_all()
        collecting.send_due(now=BEGIN)
        yield running


def first():
    return Payment.objects.earliest("pk")


def compare(now=NIGHT):
    return reconciling.compare_due(now=now)


def differences():
    return list(reconciling.waiting().order_by("pk").values_list("kind", "difference"))


def test_equal_books_have_no_differences_and_are_compared_once_a_day(fake):
    assert compare() == 0
    calls = fake.get("/_book")["calls"]
    assert compare(NIGHT + timedelta(hours=23)) == 0

    assert fake.get("/_book")["calls"] == calls
    assert ProviderRecord.objects.filter(kind="charge", difference="").count() == 4
    assert books.audit_books(now=NIGHT) == []


def test_what_no_webhook_told_is_caught_up_with(fake):
    slow, paid = Payment.objects.get(state="processing"), first()
    fake.get(f"/_settle?intent={slow.provider_payment_id}")
    fake.get(f"/_dispute?intent={paid.provider_payment_id}")

    assert compare() == 0

    slow.refresh_from_db()
    assert (slow.state, Dispute.objects.get().payment) == ("succeeded", paid)
    assert InboundEvent.objects.count() == 3
    assert not Invoice.objects.filter(payment_status="pending").exists()
    assert books.audit_books(now=NIGHT) == []


@pytest.mark.parametrize(
    ("deed", "expected"),
    [
        ("tamper?intent={charge}&field=amount&value=1", ("charge", "amount")),
        ("tamper?intent={charge}&field=currency&value=usd", ("charge", "amount")),
        ("tamper?intent={charge}&field=status&value=canceled", ("charge", "state")),
        ("forget?intent={charge}", ("charge", "missing")),
        ("refund?payment_intent={charge}&amount=500", ("refund", "unknown")),
        ("charge?amount=500&currency=eur&customer=cus_0&metadata[payment_id]=00000000000040008000000000000001",
         ("charge", "unknown")),
    ],
)  # fmt: skip
def test_each_difference_waits_for_staff_and_the_audit_sees_it_until_it_is_accepted(fake, deed, expected):
    fake.get("/_" + deed.format(charge=first().provider_payment_id))

    assert compare() == 1
    assert compare(NIGHT + timedelta(days=1)) == 1

    assert differences() == [expected]
    assert Activity.objects.filter(type="payment_provider.difference_found").count() == 1
    assert [finding.invariant.name for finding in books.audit_books(now=NIGHT)] == ["providers_have_booked_the_same"]
    record = reconciling.waiting().get()
    with pytest.raises(BillingError):
        reconciling.accept(record, now=NIGHT, reason="")
    reconciling.accept(record, now=NIGHT, reason="The boss did it")
    assert compare(NIGHT + timedelta(days=2)) == 0
    assert books.audit_books(now=NIGHT) == []


def test_what_was_accepted_is_shown_again_once_it_says_something_else_and_goes_when_it_is_gone(fake):
    charge = first().provider_payment_id
    fake.get(f"/_tamper?intent={charge}&field=amount&value=1")
    compare()
    reconciling.accept(reconciling.waiting().get(), now=NIGHT, reason="Known")

    fake.get(f"/_tamper?intent={charge}&field=amount&value=2")
    assert compare(NIGHT + timedelta(days=1)) == 1
    fake.get(f"/_tamper?intent={charge}&field=amount&value=10000")
    assert compare(NIGHT + timedelta(days=2)) == 0


def test_a_charge_that_is_none_of_ours_is_left_alone(fake):
    fake.get("/_charge?amount=500&currency=eur&customer=cus_0")

    assert compare() == 0
    assert ProviderRecord.objects.count() == 4


def test_refunds_of_ours_are_caught_up_with_and_missed_where_the_book_has_none(fake):
    fake.get("/_refunds_are?status=pending")
    world.refund(first(), 2_500, now=BEGIN)
    refunds.send_due(now=BEGIN)
    made = Refund.objects.get()
    assert made.state == "processing"
    fake.get(f"/_move_refund?refund={made.provider_refund_id}&status=succeeded")

    assert compare() == 0
    made.refresh_from_db()
    assert (made.state, made.credit_note.refund_status) == ("succeeded", "succeeded")
    fake.get(f"/_forget_refund?refund={made.provider_refund_id}")
    compare(NIGHT + timedelta(days=1))

    assert differences() == [("refund", "missing")]


def test_a_book_that_cannot_be_read_is_read_with_the_next_tick(fake):
    fake.get("/_share?share=1")
    compare()
    assert PaymentProvider.objects.get().book_compared_at is None
    fake.get("/_share?share=0")

    schedule.tick(now=NIGHT)

    assert PaymentProvider.objects.get().book_compared_at == NIGHT


def test_the_whole_book_is_compared_anew_when_asked_and_each_night_goes_back_five_weeks(fake):
    compare()
    fake.get(f"/_tamper?intent={first().provider_payment_id}&field=amount&value=1")
    later = NIGHT + timedelta(days=40)

    PaymentProvider.objects.update(book_compared_at=later - timedelta(days=1))
    assert compare(later) == 0  # that charge is too old
    payment_providers.compare_anew(PaymentProvider.objects.get(), now=later)
    assert compare(later) == 1


def test_queries_do_not_depend_on_the_number_of_charges(fake, django_assert_max_num_queries):
    world.more_invoices(30)
    world.start_all()
    collecting.send_due(now=BEGIN)
    with django_assert_max_num_queries(40):
        compare()
    assert ProviderRecord.objects.count() == 34
    call_command("audit_books")
