"""Above a limit of the company an act waits until another person approves it; never the one who asked."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from billing_site.core.admin import batches
from billing_site.core.models import Activity, Organization, StaffAct, StaffLimit, StaffRequest
from credits.models import Wallet
from customers.models import Customer
from plans.models import Charge
from tests.admin.conftest import NOW

GRANT = {"wallet": "new", "priority": "50", "reason": "Start-up programme"}


def signed_in(name, role):
    user = get_user_model().objects.create_user(name, password="a long password", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def do(client, subject, slug, follow=False, **answers):
    name = f"admin:{subject._meta.app_label}_{subject._meta.model_name}_do"
    return client.post(reverse(name, args=[subject.pk, slug]), {"confirm": "1", **answers}, follow=follow)


def rehearsed(client, subject, slug, **answers):
    name = f"admin:{subject._meta.app_label}_{subject._meta.model_name}_do"
    address = reverse(name, args=[subject.pk, slug])
    return client.post(address, {**answers, "rehearse": "1"}, HTTP_HX_REQUEST="true").content.decode()


def limit(client, kind, most, currency="EUR"):
    company = Organization.objects.get()
    do(client, company, "set-limit", kind=kind, currency=currency, most=most, reason="Four eyes")


def test_what_is_above_a_limit_is_done_by_two_and_what_is_not_by_one(company):
    limit(company, "credits", "100")
    assert StaffLimit.objects.get().most == 10000
    buyer = Customer.objects.filter(wallets=None, currency="EUR").first()
    anna, bert, carl = signed_in("anna", "Finance"), signed_in("bert", "Manager"), signed_in("carl", "Support")

    assert "is above the limit of EUR" in rehearsed(anna, buyer, "grant-credits", amount="100.01", **GRANT)
    answer = do(anna, buyer, "grant-credits", amount="100.01", follow=True, **GRANT)
    assert "waits for a second person" in answer.content.decode()
    request = StaffRequest.objects.get()
    assert not Wallet.objects.filter(customer=buyer).exists()
    assert "wait for a second person" in bert.get(reverse("admin:index")).content.decode()

    for client in (anna, carl):  # who asked, and who may not move money
        assert do(client, request, "approve").status_code == 403
        assert do(client, request, "reject", reason="x").status_code == 403
    assert "EUR\xa0100.01" in rehearsed(bert, request, "approve")
    assert not Wallet.objects.filter(customer=buyer).exists()

    do(bert, request, "approve")
    wallet = Wallet.objects.get(customer=buyer)
    assert wallet.balance_cents == 10001
    request.refresh_from_db()
    assert (request.state, request.asked_by_label, request.decided_by_label) == ("approved", "anna", "bert")
    assert request.act.asked_by_label == "anna, approved by bert"
    told = Activity.objects.filter(pk__in=request.act.activity_ids)
    assert {row.actor_label for row in told} == {"anna, approved by bert"}
    assert "Start-up programme" in {row.reason for row in told}
    assert "approved already" in do(bert, request, "approve").content.decode()

    do(anna, buyer, "grant-credits", amount="100", **GRANT)
    assert StaffRequest.objects.count() == 1
    assert StaffAct.objects.filter(action="grant-credits").count() == 2


def test_what_is_rejected_is_not_done_and_what_has_changed_meanwhile_is_refused(company):
    limit(company, "credits", "0")
    buyer = Customer.objects.filter(wallets=None, currency="EUR").first()
    anna, bert = signed_in("anna", "Finance"), signed_in("bert", "Finance")
    do(anna, buyer, "make-wallet", rate_amount="1", amount="5", priority="50", reason="x")
    do(anna, buyer, "make-wallet", rate_amount="1", priority="50", reason="x")  # it gives nothing
    assert Wallet.objects.filter(customer=buyer).count() == 1
    do(
        anna,
        buyer,
        "grant-credits",
        amount="5",
        wallet=str(Wallet.objects.get(customer=buyer).pk),
        priority="50",
        reason="x",
    )
    first, second = StaffRequest.objects.order_by("pk")

    do(bert, first, "reject", reason="Too much")
    do(bert, Wallet.objects.get(customer=buyer), "end", reason="x")
    assert "is not one of the available choices" in do(bert, second, "approve").content.decode()
    states = StaffRequest.objects.order_by("pk").values_list("state", "decision_reason")
    assert list(states) == [("rejected", "Too much"), ("waiting", "")]


def test_what_is_given_to_many_counts_together_and_prices_by_whom_they_reach(company):
    limit(company, "credits", "20")
    limit(company, "price_changes", "0", currency="")
    customers = list(Customer.objects.filter(currency="EUR").order_by("pk")[:3])
    answers = {"chosen": [row.pk for row in customers], "counted": 3, "amount": "7", **GRANT, "confirm": "1"}
    anna, bert = signed_in("anna", "Manager"), signed_in("bert", "Manager")
    had = Wallet.objects.count()

    anna.post(reverse("admin:customers_customer_bulk", args=["grant-credits"]), answers)
    do(bert, StaffRequest.objects.get(), "approve")
    assert batches.run_due(now=NOW) == 3
    assert Wallet.objects.count() == had + 3
    assert StaffRequest.objects.get().batch.rows.filter(state="done").count() == 3

    charge = Charge.objects.filter(plan__parent=None, charge_model="standard").first()
    do(anna, charge, "edit", charge_model="standard", amount="9", invoice_display_name="", code=charge.code)
    asked = StaffRequest.objects.latest("pk")
    assert (asked.action, asked.subject_type) == ("edit", "plans.charge")
    assert charge.properties == Charge.objects.get(pk=charge.pk).properties
    do(bert, asked, "approve")
    assert Charge.objects.get(pk=charge.pk).properties["amount"] == "9"

    for sin in ("UPDATE core_staffrequest SET decided_by_id = asked_by_id",
                "UPDATE core_staffrequest SET act_id = NULL",
                "UPDATE core_staffrequest SET state = 'waiting'", "UPDATE core_stafflimit SET most = -1",
                "UPDATE core_stafflimit SET currency = ''"):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sin)
