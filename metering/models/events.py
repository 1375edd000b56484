"""
Events: three tables made for hundreds of millions of rows (their SQL is in the migration).

`EventStream` gives each pair (external subscription id, code) a number, so that rows and indexes are narrow. `Event` is
partitioned by month of its timestamp. `EventKey` is the memory of what was seen, for ever: 16 bytes of hash of
(subscription, transaction id), partitioned by hash, unique.
"""

from django.db import models


class EventStream(models.Model):
    """All events of one code for one subscription, known or not (an empty id names none)."""

    id = models.BigAutoField(primary_key=True)
    external_subscription_id = models.CharField(max_length=255)
    code = models.CharField(max_length=255)

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["external_subscription_id", "code"], name="event_stream_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.external_subscription_id} {self.code}"


class Event(models.Model):
    """One thing that happened, as it was sent. Never changed."""

    id = models.BigIntegerField(primary_key=True)
    lago_id = models.UUIDField()
    stream = models.ForeignKey(EventStream, models.DO_NOTHING, db_constraint=False, related_name="+")
    timestamp = models.DateTimeField()
    transaction_id = models.CharField(max_length=255)
    properties = models.JSONField()
    precise_total_amount_cents = models.DecimalField(max_digits=40, decimal_places=15, null=True)
    created_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        managed = False
        db_table = "metering_event"

    def __str__(self) -> str:
        return self.transaction_id


class EventKey(models.Model):
    """The memory of one event: where it is, found by what makes it the same."""

    key = models.UUIDField(primary_key=True)
    stream_id = models.BigIntegerField()
    timestamp = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        managed = False
        db_table = "metering_event_key"

    def __str__(self) -> str:
        return str(self.key)
