"""The page of a deal: who took it, what it has cost so far, what they pay now."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.safestring import SafeString

from billing_site.core.admin.panels import Chart, Facts, Page, Panel, Table, link, list_address
from billing_site.core.admin.shown import shown_day, shown_local_day, shown_money
from billing_site.core.periods import MOMENT
from credits.admin.deal_actions import gifts, price_words, who_may
from credits.admin.deal_giving import given_words
from credits.models import Deal, DealRedemption
from customers.selectors import preferences
from invoicing.models import Invoice
from invoicing.selectors import deal_costs
from invoicing.selectors.deal_costs import Cost

SHOWN = 25
MOST_PAYING = 5_000  # of a larger deal only the latest count for what they pay now


def page(deal: Deal, *, now: datetime) -> Page:
    """Return the panels; the number of queries does not depend on how many took it."""
    taken = DealRedemption.objects.filter(deal=deal).order_by("-id")
    customers = taken.filter(taken_back_at=None).values_list("customer_id", flat=True)[:MOST_PAYING]
    latest = deal_costs.latest_invoices(customers)
    rows = list(taken.select_related("deal", "customer__billing_entity", "wallet")[:SHOWN])
    main: list[Panel] = [_at_a_glance(deal, latest), _conversion(deal), _who(deal, rows, latest)]
    return Page(main=main, side=[_gives(deal), _terms(deal)])


def redemption_page(taken: DealRedemption, *, now: datetime) -> Page:
    """Return what a customer has by a deal."""
    cost = deal_costs.by_redemption([taken])[taken.pk]
    zone = preferences.terms(taken.customer).timezone
    invoice = deal_costs.latest_invoices([taken.customer_id]).get(taken.customer_id)
    state = f"taken back on {shown_local_day(taken.taken_back_at, zone)}" if taken.taken_back_at else ""
    facts = [
        ("Customer", link(taken.customer), ""),
        ("Deal", link(taken.deal), f"with the code {taken.code}" if taken.code else ""),
        ("Taken", shown_local_day(taken.created_at, zone), taken.get_source_display()),
        ("They have", given_words(taken), state),
        ("Cost so far", *_cost_words(cost)),
        ("Pay now", _pays(invoice), "their latest invoice" if invoice else ""),
    ]
    parts = [
        ("Discount", taken.applied_coupon and link(taken.applied_coupon), ""),
        ("Wallet", taken.wallet and link(taken.wallet), ""),
        ("Subscription", taken.subscription and link(taken.subscription), ""),
    ]
    return Page(main=[Facts("At a glance", facts), Facts("What it gave", [part for part in parts if part[1]])])


def _at_a_glance(deal: Deal, latest: Mapping[int, Invoice]) -> Facts:
    costs = deal_costs.of_deal(deal)
    total = ", ".join(shown_money(_cents(cost), cost.currency) for cost in costs if _cents(cost))
    parts = "; ".join(_cost_words(cost)[1] for cost in costs if _cents(cost))
    now_by_currency: dict[str, int] = {}
    for invoice in latest.values():
        now_by_currency[invoice.currency] = now_by_currency.get(invoice.currency, 0) + invoice.total_amount_cents
    pay = ", ".join(shown_money(cents, currency) for currency, cents in sorted(now_by_currency.items()))
    paying = sum(invoice.total_amount_cents > 0 for invoice in latest.values())
    share = f"{round(100 * paying / deal.redeemed_count)} % of them" if deal.redeemed_count else ""
    limit = f"of {deal.max_redemptions:,}" if deal.max_redemptions else "no limit"
    return Facts(
        "At a glance",
        [
            ("Taken", f"{deal.redeemed_count:,}", limit),
            ("Cost so far", total or "nothing", parts),
            ("They pay now", pay or "nothing yet", "by their latest invoices" if pay else ""),
            ("Pay something", f"{paying:,}", share),
        ],
    )


def _conversion(deal: Deal) -> Chart:
    months = deal_costs.conversion(deal)[-24:]
    return Chart(
        "Who took it, by month",
        [f"{month.begins:%b %Y}" for month in months],
        {
            "Pay by now": [month.paying for month in months],
            "Took it": [month.taken for month in months],
        },
        note="Customers; dark are those who pay by now: they were billed more than nothing since.",
        empty="Nobody yet. “Give it” above gives it to customers; with a code they redeem it themselves.",
    )


def _who(deal: Deal, rows: Iterable[DealRedemption], latest: Mapping[int, Invoice]) -> Table:
    taken = list(rows)
    costs = deal_costs.by_redemption(taken)
    return Table(
        "Who took it",
        ("Customer", "Taken", "Has", "Cost so far", "Pays now"),
        [
            (
                link(row.customer),
                link(row, shown_local_day(row.created_at, preferences.terms(row.customer).timezone)),
                given_words(row),
                _cost_words(costs[row.pk])[0],
                _pays(latest.get(row.customer_id)),
            )
            for row in taken
        ],
        empty="Nobody yet.",
        numeric=frozenset({3, 4}),
        more=list_address(DealRedemption, f"deal__id__exact={deal.pk}"),
    )


def _gives(deal: Deal) -> Facts:
    rows = [(label, gift, "") for label, gift in gifts(deal).items()]
    prices = price_words(deal) if deal.plan_overrides else {}
    return Facts("It gives", [*rows, *((label, price, "") for label, price in prices.items())])


def _terms(deal: Deal) -> Facts:
    until = f"until {shown_day((deal.expiration_at - MOMENT).date())}" if deal.expiration_at else "for ever"
    often = "once" if deal.max_per_customer == 1 else f"{deal.max_per_customer} times"
    rows = [("Redeemed by", who_may(deal), ""), ("A customer has it", often, ""), ("Can be had", until, "")]
    return Facts(
        "Who, how often, until when", [*rows, *([("Notes", deal.description, "")] if deal.description else [])]
    )


def _cents(cost: Cost) -> int:
    return cost.discount_cents + cost.credits_cents


def _cost_words(cost: Cost) -> tuple[str, str]:
    if not _cents(cost):
        return "nothing", ""
    parts = [f"{shown_money(cost.discount_cents, cost.currency)} taken off"] if cost.discount_cents else []
    parts += [f"{shown_money(cost.credits_cents, cost.currency)} by credits"] if cost.credits_cents else []
    return shown_money(_cents(cost), cost.currency), ", ".join(parts)


def _pays(invoice: Invoice | None) -> SafeString | str:
    if invoice is None:
        return "not billed yet"
    return link(invoice, shown_money(invoice.total_amount_cents, invoice.currency))
