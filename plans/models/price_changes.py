from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel
from plans.models.plans import Plan
from plans.models.subscriptions import Subscription


class PriceChange(BaseModel):
    """
    Other prices for chosen subscriptions to a plan, from their next period or a day on.

    `prices` are what differs, as the API takes `plan_overrides`. Each member is changed by the service that changes one
    subscription; what waits can be called off until it takes effect.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled", "scheduled"
        CANCELED = "canceled", "called off"

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="price_changes")
    prices = models.JSONField()
    # The local day of each customer on which it takes effect; none: as the running period of each ends.
    effective_on = models.DateField("takes effect on", null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SCHEDULED)
    tells_customers = models.BooleanField("customers are told", default=True)
    message = models.CharField("said to customers", max_length=600, blank=True)
    periods = models.PositiveSmallIntegerField("periods tried", default=1)
    canceled_at = models.DateTimeField("called off", null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-id"], name="price_change_newest")]

    def __str__(self) -> str:
        return f"Prices of {self.plan}"


class PriceChangeMember(BaseModel):
    """A subscription that is to have the other prices, and what its last billed periods would have come to."""

    class State(models.TextChoices):
        WAITING = "waiting", "to be planned"
        PLANNED = "planned", "planned"
        LEFT_OUT = "left_out", "left out"
        CANCELED = "canceled", "called off"

    price_change = models.ForeignKey(PriceChange, models.CASCADE, related_name="members")
    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="price_changes")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField("why", max_length=255, blank=True)
    # The subscription that takes over, with the other prices, and when.
    following = models.OneToOneField(
        Subscription, models.PROTECT, null=True, related_name="price_change", editable=False
    )
    effective_at = models.DateTimeField("takes effect", null=True)
    # Minor units, before discounts and taxes; null until it has been tried, or where nothing was billed.
    tried_at = models.DateTimeField(null=True, editable=False)
    billed_cents = models.BigIntegerField("was billed", null=True)
    repriced_cents = models.BigIntegerField("would have been", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price_change", "subscription"], name="price_change_once"),
            models.CheckConstraint(
                condition=Q(state="planned", following__isnull=False, effective_at__isnull=False) | ~Q(state="planned"),
                name="price_change_planned_is_linked",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="price_change_waiting", condition=Q(state="waiting")),
            models.Index(fields=["id"], name="price_change_untried", condition=Q(tried_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.subscription)

    @property
    def customer_id(self) -> int:
        """The key of the customer whose subscription it is."""
        return int(self.subscription.customer_id)
