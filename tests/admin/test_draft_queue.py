"""The queue of drafts: what is odd is flagged, and what looks right is made final all at once."""

from django.urls import reverse

from billing_site.core import dispatch
from billing_site.core.admin import batches
from invoicing.models import Invoice
from tests.admin.conftest import NOW

QUEUE = reverse("admin:invoicing_invoice_changelist")


def subscribed(desk, name, plan, *, grace):
    """Subscribe a customer to a plan that is paid at once: a draft where there are days of grace."""
    configuration = {"invoice_grace_period": grace}
    kind = "company" if name == "untaxed" else None
    body = {"external_id": name, "name": name, "currency": "EUR", "billing_configuration": configuration}
    desk.api("post", "/customers", {"customer": {**body, "customer_type": kind}})
    wanted = {"external_customer_id": name, "plan_code": plan, "external_id": f"{name}-{plan}-{grace}"}
    desk.api("post", "/subscriptions", {"subscription": wanted})
    dispatch.run_pending(now=NOW)


def test_drafts_that_look_right_are_made_final_and_the_others_wait(desk):
    for code, cents in (("ten", 1000), ("hundred", 10000), ("nothing", 0)):
        plan = {"name": code, "code": code, "interval": "monthly", "amount_cents": cents, "amount_currency": "EUR"}
        desk.api("post", "/plans", {"plan": {**plan, "pay_in_advance": True, "charges": []}})
    for name in ("right", "jump"):
        subscribed(desk, name, "ten", grace=0)
    for name, plan in (("right", "ten"), ("jump", "hundred"), ("zero", "nothing"), ("untaxed", "ten")):
        subscribed(desk, name, plan, grace=3)
    assert Invoice.objects.filter(status="draft").count() == 4

    odd = desk.client.get(QUEUE, {"draft": "odd"})
    assert {row.customer.name for row in odd.context["cl"].result_list} == {"jump", "zero", "untaxed"}
    for says in ("comes to nothing", "no tax id", "usually EUR"):
        assert says in odd.content.decode()
    safe = desk.client.get(QUEUE, {"draft": "safe"})
    assert [row.customer.name for row in safe.context["cl"].result_list] == ["right"]
    assert len(desk.client.get(QUEUE, {"draft": "all"}).context["cl"].result_list) == 4

    address = reverse("admin:invoicing_invoice_bulk", args=["finalize"]) + "?draft=safe"
    desk.client.post(address, {"counted": "1", "confirm": "1"})
    batches.run_due(now=NOW)
    drafts = Invoice.objects.filter(status="draft")
    assert {row.customer.name for row in drafts} == {"jump", "zero", "untaxed"}
