"""Those of the staff who may do something about a parked endpoint are told by mail, once."""

import pytest
from django.contrib.auth.models import User

from billing_site.core import dispatch
from billing_site.core.models import Activity, Email
from customers.services import customers
from tests.webhooks.conftest import NOW
from tests.webhooks.receivers import listening
from webhooks import tasks
from webhooks.models import WebhookEndpoint
from webhooks.services import deliveries, endpoints

pytestmark = pytest.mark.usefixtures("company")


def test_a_parked_endpoint_is_mailed_to_those_who_may_let_it_go_on():
    User.objects.create_superuser("ada", "ada@example.com", "x")
    User.objects.create_user("guest", "guest@example.com", "x", is_staff=True)
    User.objects.create_superuser("gone", "gone@example.com", "x", is_active=False)
    with listening(410) as receiver:
        endpoint, _ = endpoints.create(now=NOW, webhook_url=receiver.url)
        customers.upsert("cust", now=NOW)
        dispatch.run_pending(now=NOW)
        deliveries.deliver_due(now=NOW)
    dispatch.run_pending(now=NOW)

    tasks.mail_staff(Activity.objects.get(type="webhook_endpoint.parked"), now=NOW)

    mails = Email.objects.filter(subject_type="webhooks.webhookendpoint", subject_id=endpoint.pk)
    [mail] = mails
    assert WebhookEndpoint.objects.get().state == "parked"
    assert (mail.recipients, mail.subject) == (["ada@example.com"], "A webhook endpoint is parked")
    assert receiver.url in mail.text
    assert f"/admin/webhooks/webhookendpoint/{endpoint.pk}/change/" in mail.text
