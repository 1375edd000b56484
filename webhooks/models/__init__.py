from webhooks.models.alerts import Alert, AlertThreshold, TriggeredAlert
from webhooks.models.deliveries import Attempt, Delivery, Webhook
from webhooks.models.endpoints import SigningKey, WebhookEndpoint
from webhooks.models.logs import ApiLog, IntakeCount

__all__ = [
    "Alert",
    "AlertThreshold",
    "ApiLog",
    "Attempt",
    "Delivery",
    "IntakeCount",
    "SigningKey",
    "TriggeredAlert",
    "Webhook",
    "WebhookEndpoint",
]
