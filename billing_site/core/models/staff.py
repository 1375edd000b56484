"""What members of staff did: kept with who, when, why, before and after."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from billing_site.core.models.ground import BaseModel


class StaffAct(BaseModel):
    """
    One use of a staff action.

    What was asked is kept as it was typed, so that the form reads it again. A trigger keeps who, when, why and what;
    of an act that is done, only the state moves, and only to undone.
    """

    class State(models.TextChoices):
        DONE = "done", "done"
        UNDONE = "undone", "undone"

    action = models.CharField(max_length=60)  # its slug, among the actions of the subject's kind
    title = models.CharField(max_length=120)
    subject_type = models.CharField(max_length=60)  # "app_label.model_name"
    subject_id = models.BigIntegerField()
    subject_label = models.CharField(max_length=255, blank=True)
    customer_id = models.BigIntegerField(null=True)
    made_type = models.CharField(max_length=60, blank=True)  # what the service returned, if it is another row
    made_id = models.BigIntegerField(null=True)
    asked_by_id = models.BigIntegerField(null=True)  # null: not a member of staff
    asked_by_label = models.CharField(max_length=255, blank=True)
    reason = models.TextField(blank=True)
    answers = models.JSONField(default=dict)  # field -> what was typed
    before = models.JSONField(default=dict)  # the facts of the action, in words
    after = models.JSONField(default=dict)
    remembered = models.JSONField(default=dict)  # what undoing has to know
    activity_ids = ArrayField(models.BigIntegerField(), default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        verbose_name = "act of staff"
        verbose_name_plural = "acts of staff"
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="staff_act_subject"),
            models.Index(fields=["customer_id", "-id"], name="staff_act_customer"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["done", "undone"]), name="staff_act_state"),
            models.CheckConstraint(condition=Q(undoes=None) | ~Q(undoes=F("id")), name="staff_act_undoes_another"),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.subject_label}"


class StaffBatch(BaseModel):
    """A staff action on many objects, done in the background one after the other; or the undoing of all of it."""

    action = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    subject_type = models.CharField(max_length=60)
    asked_by_id = models.BigIntegerField(null=True)
    asked_by_label = models.CharField(max_length=255, blank=True)
    reason = models.TextField(blank=True)
    answers = models.JSONField(default=dict)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        verbose_name = "bulk action"
        indexes = [models.Index(fields=["-created_at", "-id"], name="staff_batch_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(undoes=None) | ~Q(undoes=F("id")), name="staff_batch_undoes_another")
        ]

    def __str__(self) -> str:
        return f"{self.title}, bulk action {self.pk}"


class StaffBatchRow(models.Model):
    """One object of a bulk action, and what came of it. The act is there if and only if it was done."""

    class State(models.TextChoices):
        PENDING = "pending", "waiting"
        DONE = "done", "done"
        FAILED = "failed", "could not be done"

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(StaffBatch, models.PROTECT, related_name="rows")
    subject_id = models.BigIntegerField()
    subject_label = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    error = models.TextField(blank=True)
    act = models.OneToOneField(StaffAct, models.PROTECT, null=True, related_name="batch_row")
    undoes = models.ForeignKey(StaffAct, models.PROTECT, null=True, related_name="+")  # in the undoing of a batch

    objects = models.Manager()

    class Meta:
        verbose_name = "object of a bulk action"
        indexes = [
            models.Index(fields=["batch", "state", "id"], name="staff_batch_row_state"),
            models.Index(fields=["id"], name="staff_batch_row_pending", condition=Q(state="pending")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "subject_id"], name="staff_batch_row_once"),
            models.CheckConstraint(
                condition=Q(state="done", act__isnull=False) | Q(state__in=["pending", "failed"], act=None),
                name="staff_batch_row_done_has_act",
            ),
        ]

    def __str__(self) -> str:
        return self.subject_label


class StaffLimit(BaseModel):
    """Up to what a member of staff acts alone; above it a second person has to approve."""

    class Kind(models.TextChoices):
        CREDITS = "credits", "credits given"
        REFUNDS = "refunds", "refunds"
        VOIDS = "voids", "invoices made void"
        PRICE_CHANGES = "price_changes", "changes of prices"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    currency = models.CharField(max_length=3, blank=True)  # none for changes of prices
    # Minor units of the currency; for changes of prices the number of subscriptions that they reach.
    most = models.BigIntegerField()

    class Meta:
        verbose_name = "limit for staff"
        verbose_name_plural = "limits for staff"
        constraints = [
            models.UniqueConstraint(fields=["kind", "currency"], name="staff_limit_once"),
            models.CheckConstraint(condition=Q(most__gte=0), name="staff_limit_not_negative"),
            models.CheckConstraint(
                condition=Q(kind="price_changes", currency="") | (~Q(kind="price_changes") & ~Q(currency="")),
                name="staff_limit_has_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.currency}".strip()


class StaffRequest(BaseModel):
    """
    An act above a limit, kept as it was typed until another person approves or rejects it.

    Approved, it is done by the real service as of then; whoever asked cannot be the one who decides.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waits for a second person"
        APPROVED = "approved", "approved"
        REJECTED = "rejected", "rejected"

    action = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    subject_type = models.CharField(max_length=60)
    subject_ids = ArrayField(models.BigIntegerField())  # several for an action on many
    is_bulk = models.BooleanField(default=False)
    subject_label = models.CharField(max_length=255, blank=True)
    why_asked = models.CharField(max_length=255)  # the limit that it is above, in words
    reason = models.TextField(blank=True)
    answers = models.JSONField(default=dict)
    asked_by_id = models.BigIntegerField()
    asked_by_label = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_label = models.CharField(max_length=255, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)
    act = models.OneToOneField(StaffAct, models.PROTECT, null=True, related_name="request")
    batch = models.OneToOneField(StaffBatch, models.PROTECT, null=True, related_name="request")

    class Meta:
        verbose_name = "request for a second person"
        verbose_name_plural = "requests for a second person"
        indexes = [models.Index(fields=["-id"], name="staff_request_waiting", condition=Q(state="waiting"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by_id=None) | ~Q(decided_by_id=F("asked_by_id")), name="staff_request_second_person"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by_id=None, decided_at=None)
                | Q(state__in=["approved", "rejected"], decided_by_id__isnull=False, decided_at__isnull=False),
                name="staff_request_decided",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", is_bulk=False, act__isnull=False, batch=None)
                | Q(state="approved", is_bulk=True, act=None, batch__isnull=False)
                | Q(state__in=["waiting", "rejected"], act=None, batch=None),
                name="staff_request_done_if_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.subject_label}"
