from plans.admin import plans, subscription_actions, subscriptions

__all__ = ["plans", "subscription_actions", "subscriptions"]
