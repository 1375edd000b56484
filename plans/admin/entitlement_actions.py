"""What a plan entitles to: features and the values of their privileges, all in one form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms

from billing_site.core.admin.actions import CatalogueAction, staff_action
from billing_site.core.admin.fields import line, picked, yes
from billing_site.core.admin.forms import ActionForm, Group
from plans.admin.plan_actions import gone
from plans.models import Feature, Plan, Privilege
from plans.selectors.entitlements import of_plan
from plans.services import entitlements

MOST = 100
Kind = Privilege.ValueType


class EntitlementsForm(ActionForm):
    """For each feature a box to tick, and a field for each of its privileges."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Feature.objects.live().prefetch_related("privileges").order_by("-id")[:MOST]
        self.features = sorted(rows, key=lambda feature: str(feature).casefold())
        groups = []
        self.when = {}
        for feature in self.features:
            name = f"f{feature.pk}"
            self.fields[name] = yes("Comes with this plan")
            names = [name]
            for privilege in _living(feature):
                self.fields[f"p{privilege.pk}"] = _field(privilege)
                self.when[f"p{privilege.pk}"] = f"{name}=on"
                names.append(f"p{privilege.pk}")
            groups.append(Group(str(feature), names))
        self.groups = groups

    def field_of(self, name: str) -> str | None:
        """Return where a privilege is asked for: the service names it by its code."""
        ticked = [row for row in self.features if self.cleaned_data.get(f"f{row.pk}")]
        found = [row for feature in ticked for row in _living(feature) if f"{row.code}_privilege_value" == name]
        return f"p{found[0].pk}" if found else None


def wanted(features: list[Feature], answers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return feature → privilege → value of all that is ticked; a privilege left empty has no value."""
    return {
        feature.code: {
            privilege.code: answers[f"p{privilege.pk}"]
            for privilege in _living(feature)
            if answers.get(f"p{privilege.pk}") not in (None, "")
        }
        for feature in features
        if answers.get(f"f{feature.pk}")
    }


def _living(feature: Feature) -> list[Privilege]:
    return sorted((row for row in feature.privileges.all() if row.deleted_at is None), key=lambda row: row.pk)


def _field(privilege: Privilege) -> forms.Field:
    if privilege.value_type == Kind.BOOLEAN:
        return picked(str(privilege), [("", "–"), ("true", "yes"), ("false", "no")], required=False)
    if privilege.value_type == Kind.SELECT:
        options = privilege.config.get("select_options") or []
        return picked(str(privilege), [("", "–"), *((option, option) for option in options)], required=False)
    help_text = "A whole number." if privilege.value_type == Kind.INTEGER else ""
    return line(str(privilege), required=False, help_text=help_text)


@staff_action
class SetEntitlements(CatalogueAction):
    slug, title, icon, confirm = "entitlements", "Entitlements", "workspace_premium", "Save"
    subject, form = Plan, EntitlementsForm
    activity_type = "plan.updated"

    def obstacle(self, subject: Plan, *, now: datetime) -> str:
        if not Feature.objects.live().exists():
            return "There are no features yet. Make one under Plans, Features."
        return gone(subject)

    def initial(self, subject: Plan, *, now: datetime) -> dict[str, Any]:
        typed: dict[str, Any] = {}
        for entitlement in of_plan(subject):
            typed[f"f{entitlement.feature.pk}"] = True
            for privilege in _living(entitlement.feature):
                held = entitlement.privileges.get(privilege.code)
                value = held.value if held else ""
                typed[f"p{privilege.pk}"] = str(value).lower() if isinstance(value, bool) else value
        return typed

    def perform(self, subject: Plan, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        features = list(Feature.objects.live().prefetch_related("privileges").order_by("-id")[:MOST])
        return entitlements.set_for_plan(subject, wanted(features, answers), now=now, replaces=True)

    def facts(self, subject: Plan, *, now: datetime) -> Mapping[str, str]:
        fresh = Plan.objects.prefetch_related("entitlements__feature__privileges").get(pk=subject.pk)
        return {
            str(item.feature): ", ".join(f"{code}: {held.value}" for code, held in item.privileges.items()) or "yes"
            for item in of_plan(fresh)
        }

    def result(self, subject: Plan) -> str:
        return "The entitlements are saved."
