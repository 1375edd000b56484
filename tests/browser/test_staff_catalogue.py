"""Plans, prices and changes of subscriptions by hand in a browser, with their clicks counted."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing_site.core.models import Activity
from credits.models import Wallet
from customers.models import Customer
from plans.models import Charge, Plan, Subscription
from plans.services import add_ons, fixed_charges
from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser


def untouched():
    """Return a subscription that runs, paid in advance, which no test before has changed."""
    rows = Subscription.objects.filter(status="active", ending_at=None, trial_ends_at=None, change_at=None)
    rows = rows.filter(plan__parent=None, plan__pay_in_advance=True, plan__charges__code="seats")
    return rows.filter(fixed_charge_units=None, pauses=[]).order_by("pk").first()


def test_a_plan_with_tiers_is_made_by_keyboard_and_its_calculator_tells_what_calls_cost(person):
    page = person.page
    person.open(reverse("admin:plans_plan_add"))
    person.type("Name", "Tiered")
    person.type("Code", "tiered")
    person.type("Fee", "49.90")
    page.get_by_label("Currency", exact=True).select_option("EUR")
    person.sees("EUR\xa049.90 a month")
    person.picture("make-plan")
    person.press("Make it")
    person.sees("is made")
    person.press("Add a charge")
    write_tiers_by_keyboard(person)

    assert Charge.objects.get(plan__code="tiered").properties == {
        "graduated_ranges": [
            {"from_value": 0, "to_value": 1000, "per_unit_amount": "0", "flat_amount": "0"},
            {"from_value": 1001, "to_value": None, "per_unit_amount": "0.002", "flat_amount": "0"},
        ]
    }
    page.locator("#calculator").get_by_label("API calls").fill("1,250,000")
    person.sees("EUR\xa02,547.90")
    person.picture("plan-with-calculator")
    page.locator("#calculator").get_by_label("API calls").fill("12,5")
    person.sees("Write decimals with a point")


def write_tiers_by_keyboard(person):
    page = person.page
    page.get_by_label("Charge for").select_option("api_calls")
    assert page.get_by_label("Price (EUR)", exact=True).is_visible()
    person.choose("graduated tiers")
    assert not page.get_by_label("Price (EUR)", exact=True).is_visible()
    page.get_by_label("Up to").first.focus()
    for typed in ("1,000", "0", "0"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    add = page.get_by_role("button", name="Add a tier")
    add.focus()
    page.keyboard.press("Enter")
    assert page.get_by_label("From").nth(1).input_value() == "1001"
    page.keyboard.press("Tab")  # the last tier has no end
    page.keyboard.type("0.002")
    person.type("Units to try", "1,250,000")
    person.sees("EUR\xa02,498.00")
    person.picture("add-charge")
    page.set_viewport_size({"width": PHONE, "height": 900})
    person.picture("add-charge")
    page.set_viewport_size({"width": 1280, "height": 900})
    person.press("Add it")
    person.sees("The charge is added")


def test_what_is_wrong_in_a_row_stands_at_the_rows_and_rows_are_kept(person):
    plan = Plan.objects.filter(parent=None).first()
    person.open_object(plan)
    person.press("Add a charge")
    person.page.get_by_label("Charge for").select_option("api_calls")
    person.choose("volume tiers")
    person.page.get_by_label("Up to").first.fill("100")
    person.page.get_by_label("Unit price").first.fill("lots")
    person.press("Add it")

    person.sees("Row 1, unit price")
    person.picture("add-charge-refused")
    assert person.page.get_by_label("Unit price").first.input_value() == "lots"
    assert person.page.get_by_label("Unit price").first.get_attribute("aria-invalid") == "true"


def test_a_plan_is_changed_with_four_clicks(person):
    subscription = untouched()

    person.open_object(subscription)
    person.press("Change plan")
    person.choose("Premium support")
    person.choose("when the running period ends")
    person.page.locator("#rehearsal").get_by_text("Premium support from").wait_for()
    person.picture("change-plan")
    person.press("Agreed in the contract")

    person.sees("The plan changes on")
    assert person.clicks <= 4
    subscription.refresh_from_db()
    assert subscription.change_at is not None
    person.picture("subscription-with-change")


def test_a_price_is_overridden_with_four_clicks(person):
    subscription = untouched()
    charge = subscription.plan.charges.get(code="seats")

    person.open_object(subscription)
    person.press("Override prices")
    person.clicks += 1
    person.page.locator(f"[name=c{charge.pk}-amount]").fill("6.50")
    person.page.locator("#rehearsal").get_by_text("6.50 each").wait_for()
    person.picture("override-prices")
    person.press("Agreed in the contract")

    person.sees("The prices are changed")
    assert person.clicks <= 4
    subscription.refresh_from_db()
    assert subscription.plan.charges.get(code="seats").properties == {"amount": "6.50"}


def test_units_are_changed_with_four_clicks(person):
    now = timezone.now()
    subscription = untouched()
    desks = add_ons.create(
        now=now, code="desks", name="Desks", amount_cents=100, amount_currency=subscription.plan.amount_currency
    )
    fixed_charges.create(
        subscription.plan, now=now - timedelta(hours=1), add_on_code=desks.code, charge_model="standard", units=5,
        properties={"amount": "3"}, apply_units_immediately=True,
    )  # fmt: skip

    person.open_object(subscription)
    person.press("Change units")
    person.type("Desks, units", "8")
    person.choose("when the running period ends")
    person.page.locator("#rehearsal").get_by_text("Desks").first.wait_for()
    person.picture("change-units")
    person.press("The customer asked for it")

    person.sees("The units are changed")
    assert person.clicks <= 4
    assert subscription.fixed_charge_units.get().units == 8


def test_a_subscription_is_paused_resumed_and_cancelled_with_three_clicks(person):
    subscription = untouched()

    person.open_object(subscription)
    person.press("Pause")
    person.sees("kept, but not charged for")
    person.press("The customer asked for a break")
    person.sees("The subscription is paused")
    assert person.clicks <= 3
    person.clicks = 0
    person.press("Resume")
    person.press("The break is over")
    person.sees("The subscription goes on")
    assert person.clicks <= 3

    person.clicks = 0
    person.press("Cancel")
    person.choose("is paid back")
    person.sees("What would happen")
    person.page.locator("#rehearsal").get_by_text("Invoice made at once").first.wait_for()
    person.picture("cancel")
    person.press("The customer gave notice")
    person.sees("The subscription has ended")
    assert person.clicks <= 3
    assert Activity.objects.filter(type="subscription.terminated", reason="The customer gave notice").exists()


def test_credits_are_granted_and_taken_back_with_three_clicks(person):
    buyer = Customer.objects.filter(wallets=None, currency="EUR").first()

    person.open_object(buyer)
    person.press("Grant credits")
    person.type("Credits to grant", "50")
    person.page.locator("#rehearsal").get_by_text("EUR\xa050.00 (50 credits)").wait_for()
    person.picture("grant-credits")
    person.press("Start-up programme")
    person.sees("The credits are granted")
    assert person.clicks <= 3
    person.picture("customer-with-wallet")

    person.clicks = 0
    person.press("Take back credits")
    person.type("Credits to take back", "20")
    person.press("Given by mistake")
    person.sees("The credits are taken back")
    assert person.clicks <= 3
    assert Wallet.objects.get(customer=buyer).balance_cents == 3000
