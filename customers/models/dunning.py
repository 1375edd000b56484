from django.db import models
from django.db.models import Q

from billing_site.core.models import DeletableModel


class DunningCampaign(DeletableModel):
    """How often, and from which overdue balance on, customers are asked again for what is overdue."""

    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=600, blank=True)
    days_between_attempts = models.PositiveSmallIntegerField(default=1)
    max_attempts = models.PositiveSmallIntegerField(default=1)
    bcc_emails = models.JSONField("blind copies to", default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(deleted_at=None), name="dunning_campaign_code_unique"),
            models.CheckConstraint(
                condition=Q(max_attempts__gte=1, days_between_attempts__gte=1), name="dunning_campaign_goes_on"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DunningThreshold(models.Model):
    """The overdue balance in a currency from which on a campaign asks, in minor units."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(DunningCampaign, models.CASCADE, related_name="thresholds")
    currency = models.CharField(max_length=3)
    amount_cents = models.BigIntegerField()

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "currency"], name="dunning_threshold_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="dunning_threshold_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} {self.currency}"


class DunningState(models.Model):
    """How often a customer has been asked, by currency, since it last paid; and when."""

    customer = models.OneToOneField("customers.Customer", models.CASCADE, primary_key=True, related_name="dunning")
    attempts = models.JSONField(default=dict)  # currency -> how often
    last_attempt_at = models.DateTimeField(null=True)

    objects = models.Manager()

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.attempts}"
