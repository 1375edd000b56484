"""Every kind of page of the admin, read from its registry, and a company in which each kind has something to show."""

from collections.abc import Iterator
from datetime import datetime

import time_machine
from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils import timezone

from billing_site.core import activity, dispatch
from billing_site.core.admin import actions, batches, consents
from credits.models import Wallet
from customers.models import Customer, CustomerMetadata, PaymentProvider
from customers.services import dunning
from invoicing.models import Dispute, Payment, ProviderRecord
from invoicing.services import parking
from invoicing.services.payment_requests import creation
from invoicing.services.payments import inbox
from plans.models import Plan, PriceChange
from tests.api.world import World
from tests.databases import KEY
from webhooks.services import api_logs


def furnish() -> None:
    """Add to the demo company one of each thing that it does not have."""
    with time_machine.travel(timezone.now(), tick=False):
        World(KEY).build()
        _add_what_neither_has(Customer.objects.get(external_id="cust"), now=timezone.now())


def _add_what_neither_has(debtor: Customer, *, now: datetime) -> None:
    CustomerMetadata.objects.create(customer=debtor, key="crm", value="A-17", created_at=now, updated_at=now)
    dunning.create("friendly", now=now, thresholds={"EUR": 100})
    creation.create(debtor, [row.lago_id for row in creation.overdue(debtor, "EUR")], now=now)
    parking.park(debtor.pk, ValueError("a tax that is no more"), now)
    inbox.store(PaymentProvider.objects.get(), {"id": "evt_1", "type": "account.updated"}, now=now)
    Dispute.objects.create(
        payment=Payment.objects.order_by("pk")[0], provider=PaymentProvider.objects.get(), provider_dispute_id="dp_1",
        state=Dispute.State.OPEN, provider_status="needs_response", reason="general", amount_cents=10, currency="EUR",
        opened_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    ProviderRecord.objects.create(
        provider=PaymentProvider.objects.get(), kind=ProviderRecord.Kind.CHARGE, object_id="ch_1", status="succeeded",
        amount_cents=10, currency="EUR", difference=ProviderRecord.Difference.UNKNOWN, compared_at=now,
        created_at=now, updated_at=now,
    )  # fmt: skip
    plan = Plan.objects.filter(subscriptions__status="active").order_by("pk")[0]
    change = PriceChange.objects.create(plan=plan, prices={"amount_cents": 10}, created_at=now, updated_at=now)
    member = plan.subscriptions.filter(status="active").earliest("pk")
    change.members.create(subscription=member, created_at=now, updated_at=now)
    told = {"webhook_url": "https://hooks.example.com/all", "event_types": None}
    World(KEY).send("POST", "webhook_endpoints", {"webhook_endpoint": told})
    credits = {"wallet_id": str(Wallet.objects.get(customer=debtor).lago_id), "granted_credits": "5"}
    World(KEY).send("POST", "wallet_transactions", {"wallet_transaction": credits})
    _add_acts_of_staff(debtor, now=now)
    dispatch.run_pending(now=now)
    api_logs.write_counts()


def _add_acts_of_staff(customer: Customer, *, now: datetime) -> None:
    """Have something done to many, and something that waits for a second person."""
    typed = {"amount": "5", "wallet": "new", "priority": "50", "reason": "Start-up programme"}
    grant = actions.find(Customer, "grant-credits")
    assert grant is not None
    forms = [grant.bound(subject, typed, now=now) for subject in (None, customer)]
    assert all(form.is_valid() for form in forms)
    batches.begin(grant, [customer.pk], forms[0], now=now)
    batches.run_due(now=now)
    with activity.acting_as(activity.Actor("staff", "1000000", "another")):
        consents.ask(grant, customer, forms[1], why="It is above the limit.", now=now)


def pages() -> Iterator[tuple[str, str]]:
    """
    Yield the name and address of a page of each kind: lists, objects, and each form of a staff action.

    :raises AssertionError: for a registered model of which there is nothing to show
    """
    yield "home", reverse("admin:index")
    yield "password", reverse("admin:password_change")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = _row(model)
        assert row is not None, f"{model._meta.label} has no row here: its page is not looked at."
        yield f"list-{model._meta.model_name}", reverse(f"{name}_changelist")
        yield f"{model._meta.model_name}", reverse(f"{name}_change", args=[row.pk])
        for action in actions.actions_of(model):
            address = reverse(f"{name}_do", args=[_subject(model, action, row).pk, action.slug])
            yield f"{model._meta.model_name}-{action.slug}", address
        for action in actions.bulk_actions_of(model):
            yield f"many-{model._meta.model_name}-{action.slug}", reverse(f"{name}_bulk", args=[action.slug])
        if model._meta.app_label == "auth" or actions.maker_of(model):
            yield f"make-{model._meta.model_name}", reverse(f"{name}_add")
    yield "list-nothing-found", reverse("admin:customers_customer_changelist") + "?q=nobody"


def _row(model: type[models.Model]) -> models.Model | None:
    return model._default_manager.order_by("pk").first()


def _subject(model: type[models.Model], action: actions.StaffAction, default: models.Model) -> models.Model:
    """Return an object that the action can be done to, so that its form is seen; any, if there is none."""
    now = timezone.now()
    rows = model._default_manager.order_by("-pk")[:30]
    return next((row for row in rows if not action.obstacle(row, now=now)), default)
