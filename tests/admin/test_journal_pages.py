"""Finance sees each fact about money with its accounts, and what stands on these."""

from django.urls import reverse

from billing_site.core.admin.shown import shown_money
from invoicing.models import JournalEntry
from invoicing.selectors.balances import trial_balance
from tests.admin.conftest import NOW


def test_the_accounts_balance_in_each_currency_and_stand_on_their_page(company):
    balances = trial_balance(until=NOW)
    sums = {row.currency: 0 for row in balances}
    for row in balances:
        sums[row.currency] += row.cents
    page = company.get(reverse("admin:invoicing_journalentry_accounts")).content.decode()

    assert len(sums) > 1
    assert set(sums.values()) == {0}
    assert all(shown_money(abs(row.cents), row.currency) in page for row in balances)


def test_an_entry_shows_what_is_to_the_debit_and_to_the_credit(company):
    entry = JournalEntry.objects.filter(kind="invoiced", taxes__lt=0).latest("pk")
    page = company.get(reverse("admin:invoicing_journalentry_changelist")).content.decode()

    assert f"Receivable {shown_money(entry.receivable, entry.currency)}" in page
    assert f"Taxes {shown_money(-entry.taxes, entry.currency)}" in page


def test_the_accounts_are_not_for_those_who_may_not_see_the_books(company, django_user_model):
    stranger = django_user_model.objects.create_user("stranger", password="a long password", is_staff=True)
    company.force_login(stranger)

    assert company.get(reverse("admin:invoicing_journalentry_accounts")).status_code == 403
