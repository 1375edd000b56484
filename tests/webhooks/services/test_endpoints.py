import pytest

from billing_site.core import encryption
from billing_site.core.errors import Invalid
from billing_site.core.models import Activity
from tests.webhooks.conftest import NOW
from webhooks.models import WebhookEndpoint
from webhooks.services import endpoints

pytestmark = pytest.mark.usefixtures("company")


def test_there_are_ten_endpoints_at_most_and_one_for_each_address():
    made = [endpoints.create(now=NOW, webhook_url=f"http://127.0.0.1/{number}")[0] for number in range(9)]
    with pytest.raises(Invalid) as taken:
        endpoints.create(now=NOW, webhook_url=made[0].webhook_url)
    endpoints.create(now=NOW, webhook_url="http://127.0.0.1/9")
    with pytest.raises(Invalid) as too_many:
        endpoints.create(now=NOW, webhook_url="http://127.0.0.1/10")

    assert taken.value.details == {"webhook_url": ["value_already_exist"]}
    assert too_many.value.details == {"base": ["exceeded_limit"]}
    endpoints.delete(made[0], now=NOW)
    again, _ = endpoints.create(now=NOW, webhook_url=made[0].webhook_url)
    assert again.pk != made[0].pk


@pytest.mark.parametrize("types, kept", [
    (None, None), (["*"], None), (["invoice.created", "*"], None),
    (["invoice.created", "invoice.created", "payment.succeeded"], ["invoice.created", "payment.succeeded"]),
])  # fmt: skip
def test_types_are_kept_once_each_and_all_of_them_as_null(types, kept):
    endpoint, _ = endpoints.create(now=NOW, webhook_url="http://127.0.0.1/", event_types=types)

    assert WebhookEndpoint.objects.get(pk=endpoint.pk).event_types == kept


@pytest.mark.parametrize("types", [[], ["invoice.nonsense"]])
def test_types_that_are_none_are_refused(types):
    with pytest.raises(Invalid) as refused:
        endpoints.create(now=NOW, webhook_url="http://127.0.0.1/", event_types=types)

    assert refused.value.details == {"event_types": ["value_is_invalid"]}
    assert not WebhookEndpoint.objects.exists()


def test_an_address_inside_is_refused():
    with pytest.raises(Invalid) as refused:
        endpoints.create(now=NOW, webhook_url="http://169.254.169.254/")

    assert refused.value.details == {"webhook_url": ["url_is_invalid"]}
    assert not Activity.objects.filter(type="webhook_endpoint.created").exists()


def test_the_secret_is_stored_encrypted_and_never_told():
    endpoint, secret = endpoints.create(now=NOW, webhook_url="http://127.0.0.1/")
    endpoints.rotate_secret(endpoint, now=NOW)
    endpoints.update(endpoint, now=NOW, name="Mine")

    kept = WebhookEndpoint.objects.get()
    assert (secret in kept.secret, encryption.decrypt(kept.previous_secret)) == (False, secret)
    assert not any(secret in str(row.changes) + str(row.details) for row in Activity.objects.all())
    told = Activity.objects.get(type="webhook_endpoint.updated")
    assert told.changes == {"name": ["", "Mine"]}
