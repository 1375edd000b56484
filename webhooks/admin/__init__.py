from webhooks.admin import alerts, deliveries, endpoint_actions, endpoints, logs

__all__ = ["alerts", "deliveries", "endpoint_actions", "endpoints", "logs"]
