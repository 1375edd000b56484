"""The company, its keys, what happened, counters, mails, seals."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q


class BaseQuerySet(models.QuerySet):
    def lock(self, pk: int) -> Any:
        """Return the row locked for update until the transaction ends (lock order: core/locks.py)."""
        return self.select_for_update(of=("self",)).get(pk=pk)


class BaseModel(models.Model):
    """A bigint inside for joins, a UUID outside; both moments are business time, given by the service."""

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField("ID", default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField("created", editable=False)
    updated_at = models.DateTimeField("updated", editable=False)

    objects: Any = BaseQuerySet.as_manager()

    class Meta:
        abstract = True


class LiveQuerySet(BaseQuerySet):
    def live(self) -> Self:
        """Return the rows that have not been deleted."""
        return self.filter(deleted_at=None)


class DeletableModel(BaseModel):
    """A row that is marked as deleted and kept, since money rows point to it."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: Any = LiveQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        abstract = True


class Organization(BaseModel):
    """The company whose installation this is: one row. Its legal entities are billing entities."""

    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=100, default="company")
    default_currency = models.CharField(max_length=3, default="USD")
    number_prefix = models.CharField(
        max_length=10, help_text="Begins the short names of customers, e.g. ACM-1234 in ACM-1234-001."
    )
    is_only_row = models.BooleanField(default=True, editable=False, unique=True)

    class Meta:
        verbose_name = "organization"
        # What staff may do, by duty; the roles are groups of these (migration 0005).
        permissions = [
            ("view_books", "See everything"),
            ("serve_customers", "Extend trials, edit and end subscriptions, send again what failed"),
            ("give_discounts", "Give and take back discounts"),
            ("move_money", "Finalise, void, refund, grant credits, record payments"),
            ("set_prices", "Change plans, coupons and prices"),
            ("administer", "Change the company, its keys and its staff"),
        ]
        constraints = [models.CheckConstraint(condition=Q(is_only_row=True), name="core_one_organization")]

    def __str__(self) -> str:
        return self.name


class ApiKey(BaseModel):
    """A key of the REST API. The key itself is shown once and never stored, only its SHA-256."""

    name = models.CharField(max_length=100, help_text="Who or what uses this key.")
    hashed_key = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(max_length=4, editable=False)
    # {"customer": ["read", "write"], ...}; null means every right.
    scopes = models.JSONField(null=True, blank=True)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)  # null: as the settings say; 0: no limit
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} (…{self.last_four})"


class KeptAnswer(models.Model):
    """The answer to a request that had an Idempotency-Key, kept for a day; the body is encrypted."""

    id = models.BigAutoField(primary_key=True)
    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)  # the Idempotency-Key
    request = models.CharField(max_length=64)  # SHA-256 of address and body
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    content_type = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "name"], name="kept_answer_once")]
        indexes = [models.Index(fields=["created_at"], name="kept_answer_oldest")]

    def __str__(self) -> str:
        return self.name


class RequestCount(models.Model):
    """How many requests a key has made in a minute, as far as the processes have told."""

    id = models.BigAutoField(primary_key=True)
    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    window = models.DateTimeField()
    requests = models.BigIntegerField()

    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "window"], name="request_count_once")]

    def __str__(self) -> str:
        return f"{self.requests} in {self.window:%H:%M}"


class VisitCount(models.Model):
    """How often somebody without a key (a customer, an address) has come in a minute."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    window = models.DateTimeField()
    visits = models.BigIntegerField()

    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "window"], name="visit_count_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.visits} in {self.window:%H:%M}"


class Activity(models.Model):
    """
    One thing that happened: audit log, trigger of reactions and source of webhooks.

    Written by `core.activity` in the transaction of the thing itself. A trigger refuses changes to
    what it says; only the columns of its dispatch move.
    """

    class State(models.TextChoices):
        PENDING = "pending", "waiting"
        DONE = "done", "done"
        PARKED = "parked", "failed, needs attention"

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    type = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=60)  # "app_label.model_name"
    subject_id = models.BigIntegerField()
    subject_label = models.CharField(max_length=255, blank=True)
    # An opaque link, so that a customer's page can list what happened to all that is theirs.
    customer_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=10, default="system")  # system, api_key, staff, customer
    actor_id = models.CharField(max_length=64, blank=True)
    actor_label = models.CharField(max_length=255, blank=True)
    reason = models.TextField(blank=True)
    changes = models.JSONField(default=dict)  # field -> [before, after]
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField()

    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    last_error = models.TextField(blank=True)

    objects = models.Manager()

    class Meta:
        verbose_name_plural = "activities"
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="activity_subject"),
            models.Index(
                fields=["customer_id", "-id"], name="activity_customer", condition=Q(customer_id__isnull=False)
            ),
            models.Index(fields=["-occurred_at", "-id"], name="activity_newest"),
            models.Index(fields=["next_attempt_at", "id"], name="activity_pending", condition=Q(state="pending")),
            models.Index(fields=["id"], name="activity_parked", condition=Q(state="parked")),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_label}"


class Counter(models.Model):
    """A series of numbers without gaps: the row is locked until the transaction that took them ends."""

    series = models.CharField(max_length=120, primary_key=True)
    latest = models.BigIntegerField(default=0)

    objects = models.Manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(latest__gte=0), name="core_counter_not_negative")]

    def __str__(self) -> str:
        return f"{self.series}: {self.latest}"


class Email(BaseModel):
    """
    A mail in the outbox. `key` names the fact that it tells, so that it is queued once.

    Its Message-ID is made from `lago_id`: a repeat after a lost acknowledgement carries the same one.
    """

    class State(models.TextChoices):
        PENDING = "pending", "waiting"
        SENT = "sent", "sent"
        PARKED = "parked", "failed, needs attention"

    key = models.CharField(max_length=200, unique=True)
    customer_id = models.BigIntegerField(null=True)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    sender = models.CharField(max_length=320)
    reply_to = models.CharField(max_length=320, blank=True)
    recipients = models.JSONField()  # lists of addresses
    copies = models.JSONField("copies to", default=list, blank=True)
    blind_copies = models.JSONField("blind copies to", default=list, blank=True)
    subject = models.CharField(max_length=500)
    text = models.TextField()
    html = models.TextField(blank=True)
    attachments = models.JSONField(default=list)  # [{"name", "path" in the default storage, "type"}]
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True)
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = "mail"
        indexes = [
            models.Index(fields=["next_attempt_at", "id"], name="email_pending", condition=Q(state="pending")),
            models.Index(fields=["customer_id", "-id"], name="email_customer"),
            models.Index(fields=["subject_type", "subject_id", "-id"], name="email_subject"),
            models.Index(fields=["-created_at", "-id"], name="email_newest"),
        ]

    def __str__(self) -> str:
        return self.subject


class Seal(models.Model):
    """
    A hash over the next rows of a table that is only added to, and over the seal before it (reliability I26).

    Whoever changes a row, or one that its words include, breaks its seal and has to forge all seals after it; the
    latest digest, kept elsewhere, shows even that.
    """

    id = models.BigAutoField(primary_key=True)
    chain = models.CharField(max_length=20)
    sequence = models.BigIntegerField()
    until_id = models.BigIntegerField()  # the last row that it covers; the first follows the seal before it
    rows = models.BigIntegerField()
    digest = models.CharField(max_length=64)  # SHA-256, in hexadecimal
    # What the next seal may cover, once each transaction that was older than this one has ended: only then is it sure
    # that no row comes in below that.
    next_id = models.BigIntegerField()
    next_xid = models.BigIntegerField()
    sealed_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="seal_sequence_unique")]

    def __str__(self) -> str:
        return f"{self.chain} {self.sequence}: {self.digest[:12]}…"
