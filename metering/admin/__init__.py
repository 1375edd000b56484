from metering.admin import metric_actions, metrics

__all__ = ["metric_actions", "metrics"]
