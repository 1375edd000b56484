"""Tables of the ground floor."""

from billing_site.core.models.ground import (
    Activity,
    ApiKey,
    BaseModel,
    BaseQuerySet,
    Counter,
    DeletableModel,
    Email,
    KeptAnswer,
    LiveQuerySet,
    Organization,
    RequestCount,
    Seal,
    VisitCount,
)
from billing_site.core.models.staff import StaffAct, StaffBatch, StaffBatchRow, StaffLimit, StaffRequest

__all__ = [
    "Activity",
    "ApiKey",
    "BaseModel",
    "BaseQuerySet",
    "Counter",
    "DeletableModel",
    "Email",
    "KeptAnswer",
    "LiveQuerySet",
    "Organization",
    "RequestCount",
    "Seal",
    "StaffAct",
    "StaffBatch",
    "StaffBatchRow",
    "StaffLimit",
    "StaffRequest",
    "VisitCount",
]
