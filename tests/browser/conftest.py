"""A member of staff at a real Chromium, on a live server whose database is a copy of their own."""

import os
import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.test.testcases import LiveServerThread, _StaticFilesHandler
from django.urls import reverse
from django.utils import timezone

from billing_site import demo
from billing_site.core.models import Organization
from customers.models import BillingEntity
from tests.databases import fresh

PHONE, DESK = 390, 1280
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Person:
    """Sits at the browser; every press and every value typed is counted from the page of the object on."""

    def __init__(self, page, address):
        self.page, self.address, self.clicks = page, address, 0

    def open(self, path):
        answer = self.page.goto(self.address + path)
        assert answer.status == 200, path
        self.clicks = 0

    def open_object(self, obj):
        self.open(reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk]))

    def press(self, name):
        self.clicks += 1
        self.page.locator(".staff").get_by_role("link", name=name).or_(
            self.page.locator(".staff").get_by_role("button", name=name)
        ).first.click()

    def choose(self, label):
        self.clicks += 1
        self.page.get_by_label(re.compile(label)).first.check()

    def type(self, label, value):
        self.clicks += 1
        self.page.get_by_label(label, exact=True).fill(value)

    def sees(self, text):
        self.page.get_by_text(text).first.wait_for(timeout=15_000)

    def picture(self, name):
        """Keep a picture of the page in var/ if SCREENSHOTS asks for it."""
        if os.environ.get("SCREENSHOTS"):
            folder = Path(settings.BASE_DIR) / "var" / "screenshots"
            folder.mkdir(parents=True, exist_ok=True)
            width = self.page.viewport_size["width"]
            self.page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)


@pytest.fixture(scope="session")
def chromium():
    """The browser, once a session."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("There is no Chromium here.")
    playwright = pytest.importorskip("playwright.sync_api")
    # Playwright's loop runs in this thread, in which the tests read the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def site(django_db_blocker):
    """The address of a live server with a small company of its own."""
    with django_db_blocker.unblock(), fresh():
        Organization.objects.all().delete()
        BillingEntity.objects.all().delete()
        demo.build(now=timezone.now(), months=2, customers_count=12, events=60)
        get_user_model().objects.create_superuser("staff", password="a long password")
        server = LiveServerThread("127.0.0.1", static_handler=_StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        assert server.error is None
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.terminate()


@pytest.fixture
def person(chromium, site):
    """A signed-in member of staff."""
    client = Client()
    client.force_login(get_user_model().objects.get(username="staff"))
    context = chromium.new_context(viewport={"width": DESK, "height": 900})
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
    page = context.new_page()
    broken = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("response", lambda answer: broken.append(answer.url) if answer.status >= 500 else None)
    yield Person(page, site)
    context.close()
    assert broken == []
