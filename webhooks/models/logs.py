import uuid

from django.db import models


class ApiLog(models.Model):
    """
    One writing request of the API as it was asked and answered, without secrets and cut to a size.

    `mark` is the X-Request-Id that activities carry too. Requests of event intake are counted (IntakeCount) instead.
    """

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField("ID", default=uuid.uuid4, unique=True, editable=False)
    mark = models.CharField("request", max_length=64, blank=True)
    api_key = models.CharField("key", max_length=255, blank=True)  # as it is shown: its name and last characters
    client = models.CharField(max_length=255, blank=True)
    api_version = models.CharField(max_length=10)
    http_method = models.CharField("method", max_length=10)
    http_status = models.PositiveSmallIntegerField("status")
    request_origin = models.CharField(max_length=255, blank=True)
    request_path = models.CharField("path", max_length=1024)  # below /api/v1
    request_body = models.JSONField()
    request_response = models.JSONField(null=True)
    logged_at = models.DateTimeField("when")

    objects = models.Manager()

    class Meta:
        verbose_name = "API log"
        indexes = [models.Index(fields=["-logged_at", "-id"], name="api_log_newest")]

    def __str__(self) -> str:
        return f"{self.http_method.upper()} {self.request_path}"


class IntakeCount(models.Model):
    """How many requests of event intake were answered with a status in an hour."""

    id = models.BigAutoField(primary_key=True)
    hour = models.DateTimeField()
    path = models.CharField(max_length=40)
    http_status = models.PositiveSmallIntegerField("status")
    requests = models.BigIntegerField(default=0)

    objects = models.Manager()

    class Meta:
        verbose_name = "intake of events"
        verbose_name_plural = "intake of events"
        constraints = [
            models.UniqueConstraint(fields=["hour", "path", "http_status"], name="intake_counted_once"),
            models.CheckConstraint(condition=models.Q(requests__gte=0), name="intake_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.http_status}"
