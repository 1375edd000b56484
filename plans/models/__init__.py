from plans.models.activation_rules import ActivationRule
from plans.models.add_ons import AddOn
from plans.models.charges import Charge, ChargeFilter
from plans.models.commitments import Commitment
from plans.models.entitlements import Feature, PlanEntitlement, Privilege, SubscriptionEntitlement
from plans.models.fixed_charges import FixedCharge, FixedChargeUnits
from plans.models.former_prices import FormerPrice
from plans.models.plans import Plan
from plans.models.price_changes import PriceChange, PriceChangeMember
from plans.models.pricing_units import PricingUnit
from plans.models.subscriptions import Subscription
from plans.models.usage_thresholds import UsageMark, UsageThreshold

__all__ = [
    "ActivationRule",
    "AddOn",
    "Charge",
    "ChargeFilter",
    "Commitment",
    "Feature",
    "FixedCharge",
    "FixedChargeUnits",
    "FormerPrice",
    "Plan",
    "PlanEntitlement",
    "PriceChange",
    "PriceChangeMember",
    "PricingUnit",
    "Privilege",
    "Subscription",
    "SubscriptionEntitlement",
    "UsageMark",
    "UsageThreshold",
]
