from webhooks.admin import deliveries, endpoint_actions, endpoints

__all__ = ["deliveries", "endpoint_actions", "endpoints"]
