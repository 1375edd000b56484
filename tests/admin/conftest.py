from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from billing_site import demo
from billing_site.core.admin.rows import RowsField
from billing_site.core.models import Organization
from customers.models import BillingEntity
from tests.databases import fresh

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def company(django_db_blocker_lifted):
    """A member of staff, signed in at a company with two months of history."""
    with fresh(), time_machine.travel(NOW, tick=False):
        Organization.objects.all().delete()
        BillingEntity.objects.all().delete()
        demo.build(now=NOW, months=2, customers_count=12, events=60)
        client = Client()
        client.force_login(get_user_model().objects.create_superuser("staff", password="a long password"))
        yield client


class Desk:
    """A member of staff, and the API beside, at a company that has nothing yet."""

    def __init__(self, key):
        self.client, self.key = Client(), key
        self.client.force_login(get_user_model().objects.create_superuser("staff", password="a long password"))

    def make(self, model, **answers):
        """Fill in the form that makes one; return the answer's page."""
        return self.client.post(reverse(f"admin:{_name(model)}_add"), {**answers, "confirm": "1"})

    def act(self, subject, slug, **answers):
        """Fill in the form of an action and confirm."""
        return self.client.post(self.address(subject, slug), {"confirm": "1", **answers})

    def rehearse(self, subject, slug, **answers):
        """Return what stands beside the form."""
        answer = self.client.post(self.address(subject, slug), {"rehearse": "1", **answers}, HTTP_HX_REQUEST="true")
        return answer.content.decode()

    def form(self, subject, slug):
        """Return the form as it opens."""
        answer = self.client.get(self.address(subject, slug))
        assert answer.status_code == 200
        return answer.context["form"]

    def page(self, subject):
        """Return the page of an object."""
        answer = self.client.get(reverse(f"admin:{_name(type(subject))}_change", args=[subject.pk]))
        assert answer.status_code == 200
        return answer.content.decode()

    def api(self, method, path, body=None, *, status=200):
        """Return what the API answers."""
        answer = getattr(self.client, method)(
            f"/api/v1{path}", body, content_type="application/json", headers={"Authorization": f"Bearer {self.key}"}
        )
        assert answer.status_code == status, answer.content
        return answer.json()

    @staticmethod
    def address(subject, slug):
        return reverse(f"admin:{_name(type(subject))}_do", args=[subject.pk, slug])


def _name(model):
    return f"{model._meta.app_label}_{model._meta.model_name}"


@pytest.fixture
def desk(django_db_blocker_lifted):
    with fresh() as key, time_machine.travel(NOW, tick=False):
        yield Desk(key)


def typed(form):
    """Return what a form that has just opened would send if it was confirmed as it is."""
    data = {}
    for field in form:
        value = field.value()
        if isinstance(field.field, RowsField):
            for row in value or []:
                for column in field.field.columns:
                    cell = row.get(column, "")
                    data.setdefault(f"{field.name}-{column}", []).append("" if cell is None else str(cell))
        elif value is True:
            data[field.name] = "on"
        elif value not in (None, False, ""):
            data[field.name] = value if isinstance(value, list) else str(value)
    return data
