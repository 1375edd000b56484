import pytest
from django.urls import reverse

from billing_site.core.models import Activity
from credits.models import AppliedCoupon, Coupon
from customers.models import Customer


@pytest.fixture
def buyer(company):
    return Customer.objects.exclude(applied_coupons__status="active").filter(subscriptions__status="active").first()


def address(customer):
    return reverse("admin:customers_customer_do", args=[customer.pk, "give-discount"])


def test_an_existing_coupon_is_rehearsed_with_the_next_invoice_then_given(company, buyer):
    coupon = Coupon.objects.filter(status="active").first()
    answers = {"coupon": str(coupon.pk)}

    rehearsed = company.post(address(buyer), {**answers, "rehearse": "1"}, HTTP_HX_REQUEST="true").content.decode()

    assert "Next invoice" in rehearsed
    assert not AppliedCoupon.objects.filter(customer=buyer).exists()

    company.post(address(buyer), {**answers, "because": "Start-up programme"})

    assert AppliedCoupon.objects.get(customer=buyer).coupon == coupon
    assert Activity.objects.filter(type="applied_coupon.created", customer_id=buyer.pk).get().reason


def test_a_discount_of_their_own_needs_no_coupon_first_and_leaves_none_to_give(company, buyer):
    answers = {"coupon": "percent", "size": "12.5", "invoices": "3", "reason": "An outage", "confirm": "1"}

    company.post(address(buyer), answers)

    given = AppliedCoupon.objects.get(customer=buyer)
    assert (given.percentage_rate, given.frequency, given.frequency_duration_remaining) == (12.5, "recurring", 3)
    assert given.coupon.status == "terminated"

    company.post(
        reverse("admin:credits_appliedcoupon_do", args=[given.pk, "take-back"]), {"reason": "Mistake", "confirm": "1"}
    )
    given.refresh_from_db()
    assert given.status == "terminated"


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, "Choose one."),
        ({"coupon": "percent"}, "How much is taken off?"),
        ({"coupon": "percent", "size": "101"}, "More than 100 %"),
        ({"coupon": "percent", "size": "NaN"}, "Enter a number"),
        ({"coupon": "amount", "size": "1e400"}, "no more than"),
        ({"coupon": "amount", "size": "0.001"}, "decimals"),
        ({"coupon": "999999"}, "Select a valid choice"),
    ],
)
def test_a_discount_that_cannot_be_is_refused_at_its_field(company, buyer, answers, says):
    page = company.post(address(buyer), {**answers, "reason": "x", "confirm": "1"})

    assert page.status_code == 200
    assert says in page.content.decode()
    assert not AppliedCoupon.objects.filter(customer=buyer).exists()
