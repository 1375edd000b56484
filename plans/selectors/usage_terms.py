"""What current usage reads of a subscription and its prices: all of it, by a few prepared statements."""

from typing import Any

import msgspec

from billing_site.core import joined
from customers.models import BillingEntity, Customer, Tax
from metering.models import BillableMetric
from plans.models import Charge, ChargeFilter, Plan, PricingUnit, Subscription
from plans.selectors.billing_entities import entity_of

_SUBSCRIPTION = f"""
    SELECT {joined.columns(Subscription, "s")}, {joined.columns(Plan, "p")}, {joined.columns(Customer, "c")},
        {joined.columns(BillingEntity, "e")}, {joined.columns(BillingEntity, "own")}
    FROM customers_customer c
    JOIN customers_billingentity e ON e.id = c.billing_entity_id
    JOIN plans_subscription s ON s.customer_id = c.id AND s.external_id = %(subscription)s AND s.status = 'active'
    JOIN plans_plan p ON p.id = s.plan_id
    LEFT JOIN customers_billingentity own ON own.id = s.billing_entity_id
    WHERE c.external_id = %(customer)s AND c.deleted_at IS NULL
"""
_CHARGES = f"""
    SELECT {joined.columns(Charge, "c")}, {joined.columns(BillableMetric, "m")}, {joined.columns(PricingUnit, "u")},
        ARRAY(SELECT k.key::text FROM metering_billablemetricfilter k WHERE k.billable_metric_id = m.id ORDER BY k.id),
        ARRAY(SELECT to_json(k.values)::text FROM metering_billablemetricfilter k
            WHERE k.billable_metric_id = m.id ORDER BY k.id)
    FROM plans_charge c
    JOIN metering_billablemetric m ON m.id = c.billable_metric_id
    LEFT JOIN plans_pricingunit u ON u.id = c.pricing_unit_id
    WHERE c.plan_id = %(plan)s AND c.deleted_at IS NULL ORDER BY c.id
"""
_FILTERS = f"""
    SELECT {joined.columns(ChargeFilter, "f")}
    FROM plans_chargefilter f JOIN plans_charge c ON c.id = f.charge_id
    WHERE c.plan_id = %(plan)s AND c.deleted_at IS NULL AND f.deleted_at IS NULL ORDER BY f.id
"""
_TAXES = f"""
    SELECT {joined.columns(Tax, "t")}, owner.kind, owner.id
    FROM (
        SELECT 'charge' AS kind, l.charge_id AS id, l.tax_id FROM plans_charge_taxes l
            JOIN plans_charge c ON c.id = l.charge_id WHERE c.plan_id = %(plan)s
        UNION ALL SELECT 'plan', plan_id, tax_id FROM plans_plan_taxes WHERE plan_id = %(plan)s
        UNION ALL SELECT 'customer', customer_id, tax_id FROM customers_customer_taxes WHERE customer_id = %(customer)s
        UNION ALL SELECT 'entity', billingentity_id, tax_id FROM customers_billingentity_taxes
            WHERE billingentity_id = %(entity)s
    ) AS owner JOIN customers_tax t ON t.id = owner.tax_id
    WHERE t.deleted_at IS NULL ORDER BY t.id
"""


def active(customer_id: str, subscription_id: str) -> Subscription | None:
    """Return the active subscription by its customer's external id and its own, with what decides its periods."""
    names = {"customer": customer_id, "subscription": subscription_id}
    rows = joined.read(_SUBSCRIPTION, names, Subscription, Plan, Customer, BillingEntity, BillingEntity)
    for (subscription, plan, customer, entity, own), _ in rows:
        subscription.plan, subscription.customer = plan, customer
        customer.billing_entity, subscription.billing_entity = entity, own
        found: Subscription = subscription
        return found
    return None


def charges_of(subscription: Subscription) -> list[Charge]:
    """Return the live charges of a subscription read like this, oldest first, with all that pricing them reads."""
    keys = {
        "plan": subscription.plan_id,
        "customer": subscription.customer_id,
        "entity": entity_of(subscription).pk,
    }
    charges = [_charge(*row) for row in joined.read(_CHARGES, keys, Charge, BillableMetric, PricingUnit)]
    filters: dict[int, list[ChargeFilter]] = {}
    for (row,), _ in joined.read(_FILTERS, keys, ChargeFilter):
        filters.setdefault(row.charge_id, []).append(row)
    taxes: dict[tuple[str, int], list[Tax]] = {}
    for (tax,), owner in joined.read(_TAXES, keys, Tax):
        taxes.setdefault(owner, []).append(tax)
    for charge in charges:
        vars(charge)["live_filters"] = filters.get(charge.pk, [])
        vars(charge)["live_taxes"] = taxes.get(("charge", charge.pk), [])
    owners: dict[str, Any] = {
        "plan": subscription.plan,
        "customer": subscription.customer,
        "entity": entity_of(subscription),
    }
    for kind, owner in owners.items():
        vars(owner)["live_taxes"] = taxes.get((kind, owner.pk), [])
    return charges


def _charge(objects: list[Any], known: tuple[Any, ...]) -> Charge:
    charge, metric, unit = objects
    charge.billable_metric, charge.pricing_unit = metric, unit
    names, values = known
    vars(metric)["known_values"] = dict(zip(names, map(msgspec.json.decode, values), strict=True))
    found: Charge = charge
    return found
