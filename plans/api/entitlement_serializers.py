"""Features and entitlements as Lago shows and reads them."""

from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields, formats
from plans.models import Feature, Privilege
from plans.selectors.entitlements import Entitlement


class ConfigInput(serializers.Serializer):
    select_options = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=1000)


class PrivilegeInput(serializers.Serializer):
    code = fields.CodeField()
    name = fields.TextField()
    value_type = serializers.ChoiceField(choices=Privilege.ValueType.choices, required=False, allow_null=True)
    config = ConfigInput(required=False, allow_null=True)


class FeatureUpdate(serializers.Serializer):
    name = fields.TextField()
    description = fields.TextField(max_length=600)
    privileges = serializers.ListField(child=PrivilegeInput(), required=False, allow_null=True, max_length=1000)


class FeatureInput(FeatureUpdate):
    code = fields.CodeField()


class FeatureOutput(serializers.BaseSerializer):
    def to_representation(self, feature: Feature) -> dict[str, Any]:
        """Return the feature with all keys of Lago's; it has no id there."""
        return {
            "code": feature.code,
            "name": feature.name or None,
            "description": feature.description or None,
            "privileges": [_privilege(row) for row in _living(feature)],
            "created_at": formats.instant(feature.created_at),
        }


class EntitlementOutput(serializers.BaseSerializer):
    """What a plan entitles to."""

    def to_representation(self, entitlement: Entitlement) -> dict[str, Any]:
        """Return the entitlement with all keys of Lago's."""
        return {
            "code": entitlement.feature.code,
            "name": entitlement.feature.name or None,
            "description": entitlement.feature.description or None,
            "privileges": [
                _privilege(row) | self.values(entitlement, row.code)
                for row in _living(entitlement.feature)
                if row.code in entitlement.privileges
            ],
        }

    def values(self, entitlement: Entitlement, code: str) -> dict[str, Any]:
        """Return what is shown of a privilege's value."""
        return {"value": entitlement.privileges[code].value}


class SubscriptionEntitlementOutput(EntitlementOutput):
    """What a subscription is entitled to, and from where."""

    def to_representation(self, entitlement: Entitlement) -> dict[str, Any]:
        """Return the entitlement with the values that are the subscription's own."""
        return super().to_representation(entitlement) | {"overrides": dict(entitlement.own)}

    def values(self, entitlement: Entitlement, code: str) -> dict[str, Any]:
        """Return the value that counts, the plan's and the subscription's own."""
        found = entitlement.privileges[code]
        return {"value": found.value, "plan_value": found.plan_value, "override_value": found.override_value}


def _living(feature: Feature) -> list[Privilege]:
    return sorted((row for row in feature.privileges.all() if row.deleted_at is None), key=lambda row: row.pk)


def _privilege(row: Privilege) -> dict[str, Any]:
    return {"code": row.code, "name": row.name or None, "value_type": row.value_type, "config": row.config}
