from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client

from billing_site import demo
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
