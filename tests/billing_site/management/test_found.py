import pytest
from django.core.management import CommandError, call_command
from django_q.models import Schedule

from billing_site.core.models import Organization
from customers.models import BillingEntity

pytestmark = pytest.mark.django_db


def test_a_new_installation_gets_its_company_and_default_billing_entity():
    call_command("found", "Example Ltd", currency="EUR")

    assert list(Organization.objects.values_list("name", "default_currency")) == [("Example Ltd", "EUR")]
    assert list(BillingEntity.objects.values_list("name", "default_currency", "is_default")) == [
        ("Example Ltd", "EUR", True)
    ]


def test_a_second_company_is_refused():
    call_command("found", "Example Ltd")

    with pytest.raises(CommandError, match="already has its company"):
        call_command("found", "Other Ltd")

    assert list(Organization.objects.values_list("name", flat=True)) == ["Example Ltd"]


def test_an_unknown_currency_is_refused():
    with pytest.raises(CommandError, match="EURO is no currency"):
        call_command("found", "Example Ltd", currency="EURO")

    assert not Organization.objects.exists()


def test_a_new_installation_ticks_every_minute():
    assert list(Schedule.objects.values_list("name", "func", "schedule_type", "minutes")) == [
        ("tick", "billing_site.tasks.run_tick", "I", 1)
    ]
