"""Features and their privileges."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db import transaction

from billing_site.core.admin.actions import CatalogueAction, staff_action
from billing_site.core.admin.base import RowsInline, StaffAdmin
from billing_site.core.admin.fields import joined, line, listed, paragraph, picked
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.rows import RowsField
from plans.models import Feature, Privilege
from plans.services import features


class PrivilegeInline(RowsInline):
    model = Privilege
    fields = ("code", "name", "value_type", "config")
    show_change_link = False

    def get_queryset(self, request: Any) -> Any:
        """Return those that were not taken away."""
        return super().get_queryset(request).filter(deleted_at=None)


@admin.register(Feature)
class FeatureAdmin(StaffAdmin):
    list_display = ("__str__", "code", "description")
    search_fields = ("name__istartswith", "code__istartswith")
    inlines = (PrivilegeInline,)
    empty_says = (
        "A feature is what a plan lets its customers do. “Make a feature” above is for those who may set prices."
    )


class FeatureForm(ActionForm):
    name = line("Name", required=False)
    code = line("Code", help_text="What programs call it, such as seats.")
    description = paragraph("Description")
    privileges = RowsField(
        {
            "code": line("Code"),
            "name": line("Name", required=False),
            "value_type": picked("Value", Privilege.ValueType.choices),
            "options": line("Options of a choice", required=False, max_length=None),
        },
        label="Privileges",
        required=False,
        adds="Add a privilege",
        prefilled=("value_type",),
        help_text="How much of it, such as how many seats. A row taken away is taken from all plans too. The kind of "
        "value of one that is there stays. Options with commas between them.",
    )


class FeatureEditForm(FeatureForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["code"]


def _privileges(answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_privilege(row) for row in answers["privileges"]]


def _privilege(row: Mapping[str, str]) -> dict[str, Any]:
    is_choice = row["value_type"] == Privilege.ValueType.SELECT
    config = {"select_options": listed(row["options"])} if is_choice else None
    return {"code": row["code"], "name": row["name"], "value_type": row["value_type"], "config": config}


def _living(feature: Feature) -> list[Privilege]:
    return list(feature.privileges.filter(deleted_at=None).order_by("pk"))


class FeatureAction(CatalogueAction):
    """What is shown beside the form of a feature."""

    subject = Feature
    asked_by = {"privilege.code": "privileges", "privilege.config": "privileges"}

    def obstacle(self, subject: Feature, *, now: datetime) -> str:
        return "This feature was deleted." if subject.deleted_at else ""

    def facts(self, subject: Feature, *, now: datetime) -> Mapping[str, str]:
        facts = {"Name": str(subject), "Code": subject.code, "State": "deleted" if subject.deleted_at else "in use"}
        for row in _living(subject):
            options = joined(row.config.get("select_options") or [])
            facts[f"Privilege {row}"] = row.get_value_type_display() + (f": {options}" if options else "")
        return facts


@staff_action
class MakeFeature(FeatureAction):
    slug, title, confirm, is_maker = "make", "Make a feature", "Make it", True
    form = FeatureForm
    activity_type = "feature.created"

    def perform(self, subject: None, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        given = {name: answers[name] for name in ("code", "name", "description")}
        return features.create(now=now, privileges=_privileges(answers), **given)

    def result(self, subject: Feature) -> str:
        return f"{subject} is made. Give it to a plan on the plan's page, under Entitlements."


@staff_action
class EditFeature(FeatureAction):
    slug, title, icon, confirm = "edit", "Edit feature", "edit", "Save"
    form = FeatureEditForm
    activity_type = "feature.updated"

    def initial(self, subject: Feature, *, now: datetime) -> dict[str, Any]:
        rows = [
            {"code": row.code, "name": row.name, "value_type": row.value_type,
             "options": joined(row.config.get("select_options") or [])}
            for row in _living(subject)
        ]  # fmt: skip
        return {"name": subject.name, "description": subject.description, "privileges": rows}

    @transaction.atomic
    def perform(self, subject: Feature, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        wanted = _privileges(answers)
        for gone in _living(subject):
            if gone.code not in {item["code"] for item in wanted}:
                features.delete_privilege(gone, now=now)
        given = {name: answers[name] for name in ("name", "description")}
        return features.update(subject, now=now, privileges=wanted, **given)

    def result(self, subject: Feature) -> str:
        return f"{subject} is changed."


@staff_action
class DeleteFeature(FeatureAction):
    slug, title, icon, confirm = "delete", "Delete feature", "delete", "Delete it"
    place = 9
    form = ActionForm
    activity_type = "feature.deleted"
    warning = "This cannot be undone: it goes from all plans and subscriptions."

    def perform(self, subject: Feature, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return features.delete(subject, now=now)

    def result(self, subject: Feature) -> str:
        return f"{subject} is deleted."
