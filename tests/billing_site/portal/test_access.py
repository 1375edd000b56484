"""Who gets in, for how long, and what nobody else sees of it."""

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from billing_site.core.models import Activity
from billing_site.portal import urls
from credits.models import Wallet, WalletTransaction
from customers.models import Customer
from customers.selectors import portal_links
from customers.services import customers
from customers.services import portal_links as links
from invoicing.models import CreditNote, Invoice, PaymentReceipt
from tests.billing_site.portal.conftest import NOW

HEADERS = {
    "Cache-Control": "no-store, private", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}  # fmt: skip
# What is in an address, and an object of each kind.
KINDS = {
    "invoices/": Invoice, "receipts/": PaymentReceipt, "credit-notes/": CreditNote,
    "credits/bought/": WalletTransaction, "credits/": Wallet, "payment-methods/": None,
}  # fmt: skip


def test_the_api_gives_a_link_that_opens_the_portal(guest, company):
    path = urlsplit(portal_links.address(guest.customer, now=NOW)).path
    client = Client()

    answer = client.get(path)

    assert (answer.status_code, answer["Location"]) == (302, guest.address("home"))
    assert answer["Referrer-Policy"] == "no-referrer"
    cookie = answer.cookies["portal"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (guest.address("home"), True, "Lax")
    assert client.get(answer["Location"]).status_code == 200


def test_every_answer_keeps_itself_from_caches_frames_and_scripts(guest):
    for answer in (guest.see("home"), guest.see("invoice", status=404, lago_id=uuid4()), Client().get("/portal/left")):
        assert HEADERS.items() <= dict(answer.headers).items()
        policy = answer["Content-Security-Policy"]
        assert policy.startswith("default-src 'none';")
        assert "script" not in policy
        assert "unsafe" not in policy
        assert answer["Referrer-Policy"] in ("no-referrer", "same-origin")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: "x",
        lambda token: token.rpartition(":")[0],
        lambda token: "%00" + token,
        lambda token: portal_links.signed(
            portal_links.new_pass(Customer.objects.get(external_id="customer-0"), now=NOW), portal_links.VISIT
        ),
    ],
)
def test_a_link_that_was_not_made_here_opens_nothing(guest, spoil):
    path = urlsplit(portal_links.address(guest.customer, now=NOW)).path
    token = path.rsplit("/", 1)[1]

    answer = Client().get(path.replace(token, spoil(token)))

    assert answer.status_code == 404
    assert "portal" not in answer.cookies


def test_a_link_is_no_pass(guest):
    token = urlsplit(portal_links.address(guest.customer, now=NOW)).path.rsplit("/", 1)[1]
    client = Client()
    client.cookies["portal"] = token

    assert client.get(guest.address("home")).status_code == 403


def test_a_link_ends_after_its_hours(guest, company):
    path = urlsplit(portal_links.address(guest.customer, now=NOW)).path
    company.shift(timedelta(hours=12))

    assert Client().get(path).status_code == 404


def test_a_visit_ends_when_nothing_is_done_for_long_and_is_renewed_by_use(guest, company):
    for _ in range(3):
        company.shift(timedelta(minutes=59))
        guest.see("home")
    company.shift(timedelta(minutes=60))

    guest.see("home", status=403)


def test_no_visit_outlives_its_link(guest, company):
    for _ in range(14):
        company.shift(timedelta(minutes=51))
        guest.see("home")
    company.shift(timedelta(minutes=7))

    guest.see("home", status=403)


def test_staff_end_all_links_and_visits(guest):
    path = urlsplit(portal_links.address(guest.customer, now=NOW)).path

    links.end_all(guest.customer, now=NOW)

    guest.see("home", status=403)
    assert Client().get(path).status_code == 404
    guest.customer.refresh_from_db()
    assert guest.enter().status_code == 302


def test_nothing_opens_the_portal_of_a_customer_who_was_deleted(guest):
    customers.delete(guest.customer, now=NOW)

    guest.see("home", status=403)
    assert guest.enter().status_code == 404


def test_a_visit_opens_nobody_else_s_portal(guest, neighbour):
    guest.client.cookies["portal"]["path"] = "/"

    assert guest.client.get(neighbour.address("home")).status_code == 403
    assert guest.client.post(neighbour.address("details"), {"name": "Mine"}).status_code == 403


def test_whatever_is_another_customer_s_is_not_found(guest, neighbour):
    """Every address with an id in it, read from the router, with the neighbour's ids and with none at all."""
    tried = 0
    for pattern in urls.pages:
        route = str(pattern.pattern)
        if "<uuid:lago_id>" not in route:
            continue
        kind = KINDS[route.partition("<")[0]]
        theirs = kind._default_manager.exclude(**_of(kind, guest.customer)).first() if kind else None
        for lago_id in {uuid4(), *([theirs.lago_id] if theirs else [])}:
            address = guest.address(pattern.name, lago_id=lago_id)
            answers = {guest.client.get(address).status_code, guest.client.post(address).status_code}
            assert answers == {404, 405}, address
            tried += 1

    assert tried >= 12


def _of(kind, customer):
    path = {PaymentReceipt: "payment__customer", WalletTransaction: "wallet__customer"}.get(kind, "customer")
    return {path: customer}


def test_a_post_without_its_token_is_refused(guest):
    client = Client(enforce_csrf_checks=True)
    client.cookies = guest.client.cookies

    assert client.post(guest.address("details"), {"name": "Forged"}).status_code == 403
    assert Customer.objects.get(pk=guest.customer.pk).name == "Customer 0"


def test_pages_are_limited_by_customer_and_bad_links_by_address(guest, settings):
    settings.PORTAL_REQUESTS_PER_MINUTE = settings.PORTAL_ATTEMPTS_PER_MINUTE = 3

    pages = [guest.client.get(guest.address("plans")).status_code for _ in range(4)]
    links_tried = [Client().get("/portal/enter/guess").status_code for _ in range(4)]
    others = Client().get("/portal/enter/guess", REMOTE_ADDR="10.0.0.9").status_code

    assert pages == [200, 200, 200, 429]
    assert (links_tried, others) == ([404, 404, 404, 429], 404)


def test_leaving_ends_the_visit(guest):
    answer = guest.do("leave")

    assert answer["Location"] == reverse("portal:left")
    assert guest.client.get(answer["Location"]).status_code == 200
    guest.see("home", status=403)


def test_staff_open_a_portal_in_their_own_name(guest):
    clerk = get_user_model().objects.create_superuser("clerk", password="a long password")
    client = Client()
    client.force_login(clerk)

    answer = client.get(reverse("portal:enter-as-staff", args=[guest.customer.lago_id]))
    seen = client.get(answer["Location"])
    client.post(guest.address("details"), {"city": "Nantes"})

    assert b"as staff" in seen.content
    opened, changed = Activity.objects.filter(type__in=["customer.portal_opened", "customer.updated"]).order_by("-id")[
        :2
    ][::-1]
    assert (opened.type, opened.actor_label, changed.actor_label) == ("customer.portal_opened", "clerk", "clerk")
    clerk.is_active = False
    clerk.save()
    assert client.get(answer["Location"]).status_code == 403


def test_only_staff_open_a_portal_without_a_link(guest):
    answer = Client().get(reverse("portal:enter-as-staff", args=[guest.customer.lago_id]))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")
