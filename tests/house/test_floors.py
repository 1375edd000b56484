"""String foreign keys escape the import contracts; this holds them to the same direction."""

from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, Model

FLOORS = ["core", "customers", "metering", "plans", "credits", "invoicing", "webhooks"]
FLOOR = {label: number for number, label in enumerate(FLOORS)}


def _is_upward(model: type[Model], target: type[Model]) -> bool:
    """Django's own apps lie below the ground floor: none of them can know ours, all of ours may know them."""
    return FLOOR.get(target._meta.app_label, -1) > FLOOR.get(model._meta.app_label, -1)


def test_every_floor_is_an_installed_app():
    assert [label for label in FLOORS if not apps.is_installed(apps.get_app_config(label).name)] == []


def test_foreign_keys_point_down_or_sideways():
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many)
        if isinstance(field, (ForeignKey, ManyToManyField)) and _is_upward(model, field.related_model)
    ]

    assert upward == []
