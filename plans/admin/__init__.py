from plans.admin import plans, subscriptions

__all__ = ["plans", "subscriptions"]
