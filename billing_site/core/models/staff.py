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
