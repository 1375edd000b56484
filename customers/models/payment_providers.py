from django.db import models
from django.db.models import Q

from billing_site.core import encryption
from billing_site.core.models import DeletableModel
from customers.models.customers import Customer


class PaymentProvider(DeletableModel):
    """
    A connection to an account at Stripe. Its secrets are encrypted (core/encryption.py) and never shown.

    Several webhook secrets, one a line, let an old and a new one be good at the same time.
    """

    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    encrypted_key = models.TextField(editable=False)
    encrypted_webhook_secrets = models.TextField(blank=True, editable=False)
    success_redirect_url = models.CharField(max_length=1024, blank=True)
    # Up to when its events have been fetched, in case a webhook was lost.
    events_fetched_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When its book was last compared with ours; without it, the next comparison goes back to the beginning.
    book_compared_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(deleted_at=None), name="payment_provider_code_unique")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """The secret key of the account's API."""
        return encryption.decrypt(self.encrypted_key)

    @property
    def webhook_secrets(self) -> list[str]:
        """The secrets that sign its webhooks; without any, none is believed."""
        if not self.encrypted_webhook_secrets:
            return []
        return [line for line in encryption.decrypt(self.encrypted_webhook_secrets).splitlines() if line]


class PaymentMethod(DeletableModel):
    """A card or account that a customer has stored with a provider; of the live ones at most one is the default."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payment_methods")
    provider = models.ForeignKey(PaymentProvider, models.PROTECT, related_name="payment_methods")
    provider_method_id = models.CharField(max_length=255)
    is_default = models.BooleanField(default=False)
    details = models.JSONField(default=dict)  # type, brand, last four digits, as the provider says

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_method_id"], condition=Q(deleted_at=None), name="payment_method_once"
            ),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_default=True, deleted_at=None), name="payment_method_one_default"
            ),
        ]

    def __str__(self) -> str:
        card = self.details.get("card") or {}
        return f"{card['brand']} {card['last4']}" if {"brand", "last4"} <= card.keys() else self.provider_method_id
