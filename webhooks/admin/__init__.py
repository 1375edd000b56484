from webhooks.admin import alerts, deliveries, endpoint_actions, endpoints

__all__ = ["alerts", "deliveries", "endpoint_actions", "endpoints"]
