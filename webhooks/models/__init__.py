from webhooks.models.alerts import Alert, AlertThreshold, TriggeredAlert
from webhooks.models.deliveries import Attempt, Delivery, Webhook
from webhooks.models.endpoints import SigningKey, WebhookEndpoint

__all__ = [
    "Alert",
    "AlertThreshold",
    "Attempt",
    "Delivery",
    "SigningKey",
    "TriggeredAlert",
    "Webhook",
    "WebhookEndpoint",
]
