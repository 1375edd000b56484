"""Features and entitlements as Lago shows and reads them."""

from rest_framework import serializers

from billing_site.core.api import fields, formats
from plans.api.shapes import ShownEntitlement, ShownFeature, ShownPrivilege, SubscriptionEntitlement
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
    def to_representation(self, feature: Feature) -> ShownFeature:
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

    def to_representation(self, entitlement: Entitlement) -> ShownEntitlement:
        """Return the entitlement with all keys of Lago's."""
        feature, given = entitlement.feature, entitlement.privileges
        return {
            "code": feature.code,
            "name": feature.name or None,
            "description": feature.description or None,
            "privileges": [
                {**_privilege(row), "value": given[row.code].value} for row in _living(feature) if row.code in given
            ],
        }


class SubscriptionEntitlementOutput(serializers.BaseSerializer):
    """What a subscription is entitled to, and from where."""

    def to_representation(self, entitlement: Entitlement) -> SubscriptionEntitlement:
        """Return the entitlement with the values that count, the plan's and the subscription's own."""
        feature, given = entitlement.feature, entitlement.privileges
        return {
            "code": feature.code,
            "name": feature.name or None,
            "description": feature.description or None,
            "privileges": [
                {
                    **_privilege(row),
                    "value": given[row.code].value,
                    "plan_value": given[row.code].plan_value,
                    "override_value": given[row.code].override_value,
                }
                for row in _living(feature)
                if row.code in given
            ],
            "overrides": dict(entitlement.own),
        }


def _living(feature: Feature) -> list[Privilege]:
    return sorted((row for row in feature.privileges.all() if row.deleted_at is None), key=lambda row: row.pk)


def _privilege(row: Privilege) -> ShownPrivilege:
    return {"code": row.code, "name": row.name or None, "value_type": row.value_type, "config": row.config}
