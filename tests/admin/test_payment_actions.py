"""What staff do with payments: end one that waits, and find a place for money that nothing was due for."""

import pytest

from credits.models import Wallet
from customers.services import payment_providers
from invoicing.models import Invoice, Payment, ProviderRecord, Refund
from invoicing.providers.contract import Outcome
from invoicing.services import invoice_voids
from invoicing.services.payments import collecting, outcomes, reconciling
from tests.admin.conftest import NOW
from tests.invoicing.payments import world


@pytest.fixture
def kept(desk):
    """A payment of 100.00 that came in after its invoice was made void; the customer has another invoice of 30.00."""
    [invoice] = world.invoices(1)
    payment = collecting.start(invoice, now=NOW)
    Payment.objects.update(state="sending")
    invoice_voids.void(invoice, now=NOW)
    outcomes.apply(payment, Outcome("pi_1", "succeeded"), now=NOW)
    world.invoice_of(payment.customer, 3_000)
    return payment


def left(payment):
    payment.refresh_from_db()
    return payment.unapplied_amount_cents


def test_it_pays_another_invoice_and_the_rest_becomes_credits(desk, kept):
    other = Invoice.objects.get(status="finalized")
    shown = desk.rehearse(kept, "pay-another-invoice", invoice=str(other.pk))
    assert "EUR\xa070.00" in shown
    assert left(kept) == 10_000

    desk.act(kept, "pay-another-invoice", invoice=str(other.pk), reason="It was meant for this one")
    assert left(kept) == 7_000
    assert "no wallet in EUR" in desk.page(kept)
    desk.act(kept.customer, "make-wallet", name="Prepaid", rate_amount="1", priority="50", reason="They asked")
    desk.act(kept, "keep-as-credits", wallet=str(Wallet.objects.get().pk), reason="They asked")

    assert left(kept) == 0
    assert Invoice.objects.get(invoice_type="credit").total_paid_amount_cents == 7_000
    assert "Nothing is left of it." in desk.page(kept)


def test_it_is_given_back_with_a_reason_and_never_more_than_there_is(desk, kept):
    page = desk.act(kept, "give-back", amount="100.01", reason="Paid twice")
    assert "Greater than" in page.content.decode()
    assert not Refund.objects.exists()

    desk.act(kept, "give-back", amount="100", reason="Paid twice")

    assert Refund.objects.get().amount_cents == 10_000
    assert "about to be given back" in desk.page(kept)


def test_a_payment_that_waits_is_cancelled(desk):
    [invoice] = world.invoices(1)
    payment = collecting.start(invoice, now=NOW)
    desk.act(payment, "cancel", reason="The customer pays another way")
    payment.refresh_from_db()
    assert payment.state == "canceled"
    assert "It is not on its way." in desk.page(payment)


def test_a_difference_from_a_providers_book_is_on_the_first_page_until_it_is_accepted(desk):
    [invoice] = world.invoices(1)
    payment = collecting.start(invoice, now=NOW)
    record = ProviderRecord.objects.create(
        payment=payment, provider=payment.provider, kind="charge", object_id="pi_1", amount_cents=1, currency="EUR",
        difference="amount", compared_at=NOW, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    home = "Differences from a provider&#x27;s book"
    assert home in desk.client.get("/admin/").content.decode()

    desk.act(record, "accept", reason="")
    assert reconciling.waiting().exists()
    desk.act(record, "accept", reason="Refunded at Stripe")

    assert not reconciling.waiting().exists()
    assert home not in desk.client.get("/admin/").content.decode()
    assert "It is accepted." in desk.page(record)


def test_the_whole_book_is_compared_when_staff_ask(desk):
    provider = payment_providers.connect("stripe", key="sk_test_1", now=NOW)
    payment_providers.note_compared(provider, now=NOW)
    desk.act(provider, "compare-books", reason="To be sure")
    provider.refresh_from_db()
    assert provider.book_compared_at is None
