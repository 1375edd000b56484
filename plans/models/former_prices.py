from django.db import models

from plans.models.charges import Charge, ChargeFilter


class FormerPrice(models.Model):
    """
    What a charge, or a filter of it, was until it was priced anew.

    A trigger keeps each (migration 0015), so that usage of a time gone by can be priced as that time was.
    """

    id = models.BigAutoField(primary_key=True)
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="former_prices")
    charge_filter = models.ForeignKey(ChargeFilter, models.PROTECT, null=True, related_name="former_prices")
    until = models.DateTimeField()
    terms = models.JSONField()  # the columns as they were

    objects = models.Manager()

    def __str__(self) -> str:
        return f"{self.charge} until {self.until:%Y-%m-%d}"
