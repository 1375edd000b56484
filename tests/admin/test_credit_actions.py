"""Giving back lines of an invoice by hand: as a credit, a refund, or off what is due; guarded, and rehearsed."""

import pytest
from django.urls import reverse

from billing_site.core.models import StaffAct
from invoicing.models import CreditNote, Invoice
from invoicing.services.payments import manual
from tests.admin.conftest import NOW


@pytest.fixture
def owed(company):
    rows = Invoice.objects.filter(status="finalized", payment_status="pending", invoice_type="subscription")
    return rows.filter(fees__amount_cents__gt=500).order_by("pk").first()


def send(company, invoice, how="confirm", **answers):
    address = reverse("admin:invoicing_invoice_do", args=[invoice.pk, "credit"])
    extra = {"HTTP_HX_REQUEST": "true"} if how == "rehearse" else {}
    return company.post(address, {"kind": "other", "reason": "An outage", how: "1", **answers}, **extra)


def test_a_ticked_line_is_credited_taken_off_or_refunded_as_far_as_it_goes(company, owed):
    fee = owed.fees.filter(amount_cents__gt=500).first()
    part = {f"part_{fee.pk}": "1"}

    assert "Credit note" in send(company, owed, "rehearse", way="offset", lines=[fee.pk]).content.decode()
    assert not CreditNote.objects.filter(invoice=owed).exists()

    due = owed.total_due_amount_cents
    send(company, owed, way="offset", **part)
    owed.refresh_from_db()
    note = CreditNote.objects.get(invoice=owed)
    assert (note.offset_amount_cents, note.credit_amount_cents) == (note.total_amount_cents, 0)
    assert owed.total_due_amount_cents == due - note.total_amount_cents
    assert note.description == "An outage"
    assert StaffAct.objects.get(action="credit").made_id == note.pk

    manual.record(owed, amount_cents=owed.total_due_amount_cents, reference="t", paid_at=NOW, now=NOW)
    send(company, owed, way="refund", **part)
    assert CreditNote.objects.latest("pk").refund_amount_cents == note.total_amount_cents
    send(company, owed, way="credit", lines=[fee.pk])
    last = CreditNote.objects.latest("pk")
    assert (last.refund_amount_cents, last.credit_amount_cents) == (0, last.total_amount_cents)
    assert sum(item.amount_cents for row in owed.credit_notes.all() for item in row.items.all()) == fee.amount_cents


def test_no_more_is_given_back_than_there_is(company, owed):
    fee = owed.fees.filter(amount_cents__gt=500).first()

    for answers, says in (
        ({"way": "credit", f"part_{fee.pk}": "1000000"}, "is left."),
        ({"way": "credit"}, "Tick the lines that are given back."),
        ({"way": "refund", "lines": [fee.pk]}, "Select a valid choice"),
        ({"way": "credit", "lines": [10**9]}, "Select a valid choice"),
        ({"way": "credit", f"part_{fee.pk}": "0.001"}, "decimals"),
    ):
        assert says in send(company, owed, **answers).content.decode(), says
    assert not CreditNote.objects.filter(invoice=owed).exists()
