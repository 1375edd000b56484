from webhooks.models.deliveries import Attempt, Delivery, Webhook
from webhooks.models.endpoints import SigningKey, WebhookEndpoint

__all__ = ["Attempt", "Delivery", "SigningKey", "Webhook", "WebhookEndpoint"]
