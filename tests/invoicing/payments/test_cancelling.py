"""Charges that nothing is due for any more are taken back; money that comes all the same is kept, and finds a place."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing_site import books
from billing_site.core import dispatch
from billing_site.core.errors import BillingError
from credits.services import wallets
from invoicing.models import Dispute, Invoice, Payment, Refund
from invoicing.selectors.balances import trial_balance
from invoicing.services import invoice_voids
from invoicing.services.payments import cancelling, collecting, hosted, inbox, manual, refunds, unapplied
from tests.databases import fresh
from tests.fake_stripe.running import fake_stripe
from tests.invoicing.payments import world
from tests.invoicing.payments.world import BEGIN, LATER


@pytest.fixture
def fake(django_db_blocker_lifted, settings, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fresh(), fake_stripe() as running:
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT = running.address, 0.4
        yield running


def charged(method):
    """Make an invoice whose charge is as this method has it; return it with its payment."""
    [invoice] = world.invoices(1, lambda number: method)
    world.start_all()
    collecting.send_due(now=BEGIN)
    return invoice, Payment.objects.get()


def void(invoice, now=LATER):
    invoice_voids.void(invoice, now=now)
    dispatch.run_pending(now=now)


def shown(payment):
    payment.refresh_from_db()
    return payment.state, payment.unapplied_amount_cents


def settled(fake, payment, now=LATER):
    fake.get(f"/_settle?intent={payment.provider_payment_id}")
    inbox.fetch_missed(now=now)
    inbox.handle_due(now=now)
    collecting.send_due(now=now)


def sound(now=LATER):
    assert books.audit_books(now=now) == []


@pytest.mark.usefixtures("fake")
def test_a_void_invoice_takes_a_charge_back_that_waits_for_its_customer():
    invoice, payment = charged("pm_authentication")
    assert payment.state == "requires_action"

    void(invoice)

    assert shown(payment) == ("canceled", 0)
    invoice.refresh_from_db()
    assert invoice.payment_status == "pending"  # nobody failed to pay
    sound()


def test_a_payment_that_was_not_sent_is_never_sent(fake):
    [invoice] = world.invoices(1)
    world.start_all()
    void(invoice)

    collecting.send_due(now=LATER)

    assert shown(Payment.objects.get()) == ("canceled", 0)
    assert fake.get("/_book")["charges"] == []


def test_what_cannot_be_taken_back_any_more_is_kept_as_unapplied(fake):
    invoice, payment = charged("pm_slow")
    void(invoice)
    assert shown(payment) == ("processing", 0)

    settled(fake, payment)

    assert shown(payment) == ("succeeded", 10_000)
    assert [(row.account, row.cents) for row in trial_balance(until=LATER + timedelta(days=1))] == [
        ("cash", 10_000), ("unapplied", -10_000)]  # fmt: skip
    sound()


def test_a_charge_of_which_nobody_knows_is_looked_for_and_never_sent_again(fake):
    fake.get("/_share?share=1")
    [invoice] = world.invoices(1)
    world.start_all()
    now = BEGIN
    while Payment.objects.get().state != "unknown":
        collecting.send_due(now=now)
        now += timedelta(minutes=1)
    fake.get("/_share?share=0")
    taken = len(fake.get("/_book")["charges"])

    void(invoice, now=now)
    collecting.send_due(now=now + cancelling.SETTLED_AFTER)
    collecting.send_due(now=now + timedelta(hours=2))

    assert len(fake.get("/_book")["charges"]) == taken
    assert shown(Payment.objects.get()) == (("succeeded", 10_000) if taken else ("canceled", 0))
    sound(now + timedelta(hours=2))


def test_one_who_pays_by_transfer_meanwhile_is_not_charged_at_the_page(fake):
    invoice, payment = charged("pm_declined")
    hosted.page_to_pay(invoice, now=BEGIN)
    waiting = Payment.objects.get(state="requires_action")

    manual.record(invoice, amount_cents=4_000, reference="transfer", now=LATER)
    dispatch.run_pending(now=LATER)
    collecting.send_due(now=LATER + cancelling.SETTLED_AFTER)

    assert shown(waiting) == ("canceled", 0)
    invoice.refresh_from_db()
    assert (invoice.payment_status, invoice.total_due_amount_cents) == ("failed", 6_000)  # as the card left it
    with pytest.raises(Exception, match="500|Remote|closed"):
        fake.get(f"/_pay?session={waiting.next_action['session']}")


def test_staff_end_a_payment_that_waits_and_the_invoice_may_be_charged_again(fake):
    invoice, payment = charged("pm_authentication")

    cancelling.cancel(payment, now=LATER)
    collecting.send_due(now=LATER)

    assert shown(payment) == ("canceled", 0)
    assert collecting.start(invoice, now=LATER) is not None
    with pytest.raises(BillingError):
        cancelling.cancel(payment, now=LATER)


def kept(fake):
    """Return a payment of 100.00 whose invoice was made void before it came in."""
    invoice, payment = charged("pm_slow")
    void(invoice)
    settled(fake, payment)
    payment.refresh_from_db()
    return payment


def another_invoice(payment, cents):
    return world.invoice_of(payment.customer, cents)


def test_what_is_kept_pays_another_invoice_as_far_as_it_is_due(fake):
    payment = kept(fake)
    other = another_invoice(payment, 3_000)

    unapplied.apply_to(payment, other, now=LATER)

    other.refresh_from_db()
    assert (other.payment_status, other.total_due_amount_cents, shown(payment)[1]) == ("succeeded", 0, 7_000)
    with pytest.raises(BillingError):
        unapplied.apply_to(payment, other, now=LATER)
    sound()


def test_what_is_kept_is_given_back_and_comes_back_if_that_fails(fake):
    payment = kept(fake)
    fake.get("/_refunds_are?status=pending")
    refund = refunds.give_back(payment, 6_000, now=LATER)
    refunds.send_due(now=LATER)
    refund.refresh_from_db()
    assert (refund.state, shown(payment)[1], unapplied.free_cents(payment)) == ("processing", 10_000, 4_000)
    with pytest.raises(BillingError):
        refunds.give_back(payment, 4_001, now=LATER)
    sound()

    for status, left in (("succeeded", 4_000), ("failed", 10_000)):
        fake.get(f"/_move_refund?refund={refund.provider_refund_id}&status={status}")
        later = refund.updated_at + timedelta(hours=1)
        inbox.fetch_missed(now=later)
        inbox.handle_due(now=later)
        refunds.send_due(now=later)
        refund.refresh_from_db()
        assert (refund.state, shown(payment)[1]) == (status, left)
        sound(later)


def test_what_is_kept_becomes_credits(fake):
    payment = kept(fake)
    wallet = wallets.create(payment.customer, now=BEGIN, currency="EUR", rate_amount=Decimal("2"))

    unapplied.keep_as_credits(payment, wallet, now=LATER)
    dispatch.run_pending(now=LATER)

    wallet.refresh_from_db()
    assert (wallet.balance_cents, wallet.credits_balance, shown(payment)[1]) == (10_000, 50, 0)
    assert Invoice.objects.get(invoice_type="credit").payment_status == "succeeded"
    sound()


def test_what_a_bank_disputes_is_not_given_away(fake):
    payment = kept(fake)
    fake.get(f"/_dispute?intent={payment.provider_payment_id}")
    inbox.fetch_missed(now=LATER + timedelta(hours=1))
    inbox.handle_due(now=LATER + timedelta(hours=1))

    assert Dispute.objects.get().payment == payment
    with pytest.raises(BillingError):
        refunds.give_back(payment, 1, now=LATER)
    assert not Refund.objects.exists()
