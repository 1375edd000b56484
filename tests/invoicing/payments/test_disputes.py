"""Disputes: told in any order, looked up, kept; the journal and the invoice follow."""

import itertools
from datetime import timedelta

import pytest
from django.core.management import call_command

from billing_site import books
from billing_site.core.models import Activity
from invoicing.models import Dispute, Invoice, JournalEntry, Payment
from invoicing.selectors.balances import trial_balance
from invoicing.services.payments import collecting, inbox
from tests.databases import fresh
from tests.fake_stripe.running import fake_stripe
from tests.invoicing.payments import world
from tests.invoicing.payments.world import BEGIN, LATER


@pytest.fixture
def paid(django_db_blocker_lifted, settings, monkeypatch):
    """An invoice of 100.00 that a card has paid, and the fake that took it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fresh(), fake_stripe() as fake:
        settings.STRIPE_API_BASE = fake.address
        world.invoices(1)
        world.start_all()
        collecting.send_due(now=BEGIN)
        yield fake


def disputed(fake):
    return fake.get(f"/_dispute?intent={Payment.objects.get().provider_payment_id}")["id"]


def hear(now=LATER):
    inbox.fetch_missed(now=now)
    inbox.handle_due(now=now)


def accounts():
    return {row.account: row.cents for row in trial_balance(until=LATER.replace(year=2030))}


def types():
    return list(Activity.objects.filter(type__contains="dispute").order_by("pk").values_list("type", flat=True))


def test_a_dispute_is_kept_with_the_money_that_the_bank_holds(paid):
    disputed(paid)

    hear()

    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.reason, dispute.amount_cents, dispute.withdrawn_amount_cents) == (
        "open", "fraudulent", 10_000, 10_000)  # fmt: skip
    assert dispute.respond_by > dispute.opened_at
    assert "cash" not in accounts()
    assert accounts()["disputed"] == 10_000
    assert Invoice.objects.get().payment_dispute_lost_at is None
    assert books.audit_books(now=LATER) == []


def test_a_lost_dispute_is_a_loss_and_its_invoice_says_so_once(paid):
    key = disputed(paid)
    hear(now=BEGIN)
    paid.get(f"/_decide?dispute={key}&status=lost")

    hear(now=LATER)
    hear(now=LATER + timedelta(hours=1))

    assert (Dispute.objects.get().state, Dispute.objects.get().closed_at) == ("lost", LATER)
    assert Invoice.objects.get().payment_dispute_lost_at == LATER
    assert types() == ["dispute.opened", "dispute.lost", "invoice.payment_dispute_lost"]
    assert Activity.objects.get(type="invoice.payment_dispute_lost").details == {"reason": "fraudulent"}
    assert "disputed" not in accounts()
    assert accounts()["losses"] == 10_000
    assert books.audit_books(now=LATER) == []


def test_a_dispute_that_is_won_brings_the_money_back(paid):
    key = disputed(paid)
    paid.get(f"/_decide?dispute={key}&status=won")

    hear()

    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.withdrawn_amount_cents) == ("won", 0)
    assert Invoice.objects.get().payment_dispute_lost_at is None
    assert not JournalEntry.objects.filter(kind="disputed").exists()  # it had come back before we heard of it
    assert books.audit_books(now=LATER) == []


@pytest.mark.parametrize("status", ["won", "lost"])
def test_what_was_heard_late_of_an_open_dispute_changes_nothing(paid, status):
    provider, key = Payment.objects.get().provider, disputed(paid)
    stages = [inbox.providers.gateway(provider).dispute(key)]
    paid.get(f"/_decide?dispute={key}&status={status}")
    stages.append(inbox.providers.gateway(provider).dispute(key))

    for order in itertools.permutations(stages * 2):
        for claim in order:
            inbox.disputes.follow(provider, claim, now=LATER)

    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.withdrawn_amount_cents) == (status, {"won": 0, "lost": 10_000}[status])
    assert len(types()) == {"won": 2, "lost": 3}[status]
    assert books.audit_books(now=LATER) == []


def test_a_dispute_of_a_payment_that_is_not_known_to_have_succeeded_settles_it_first(paid):
    world.more_invoices(1, lambda number: "pm_slow")
    world.start_all()
    collecting.send_due(now=BEGIN)
    slow = Payment.objects.get(state="processing")
    paid.get(f"/_settle?intent={slow.provider_payment_id}")
    paid.get(f"/_dispute?intent={slow.provider_payment_id}")
    events = [event for event in paid.get("/_book")["events"] if event["type"] == "charge.dispute.created"]
    inbox.store(slow.provider, events[0], now=LATER)

    inbox.handle_due(now=LATER)

    slow.refresh_from_db()
    assert (slow.state, Dispute.objects.get().payment_id) == ("succeeded", slow.pk)


def test_a_dispute_of_somebody_elses_charge_is_none_of_ours(paid):
    disputed(paid)
    Payment.objects.update(provider_payment_id="pi_other")

    hear()

    assert not Dispute.objects.exists()


def test_a_message_that_cannot_be_read_is_parked_and_the_others_are_handled(paid):
    provider = Payment.objects.get().provider
    inbox.store(provider, {"id": "evt_bad", "type": "charge.dispute.created", "data": None}, now=BEGIN)
    disputed(paid)

    hear()

    assert provider.inbound_events.get(event_id="evt_bad").state == "parked"
    assert Dispute.objects.exists()
    call_command("audit_books")
