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
