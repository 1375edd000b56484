"""The page of a change of prices: what changes, for how many, who pays more or less."""

from datetime import datetime

from django.db.models import Count, F, Q, Sum

from billing_site.core import money
from billing_site.core.admin.panels import Chart, Facts, Page, Table, link, list_address
from billing_site.core.admin.shown import shown_day, shown_money
from invoicing.admin.price_changes import difference_of, money_of, signed
from plans.admin.override_forms import written_in_words
from plans.models import PriceChange, PriceChangeMember

SHOWN, CHARTED = 12, 10
DIFFERENCE = F("repriced_cents") - F("billed_cents")


def page(change: PriceChange, *, now: datetime) -> Page:
    """Return the panels; the number of queries does not depend on how many are changed."""
    rows = PriceChangeMember.objects.filter(price_change=change).annotate(difference=DIFFERENCE)
    related = rows.select_related("subscription__customer", "price_change__plan")
    losers = list(related.filter(difference__gt=0).order_by("-difference", "pk")[:SHOWN])
    winners = list(related.filter(difference__lt=0).order_by("difference", "pk")[:SHOWN])
    sums = rows.aggregate(
        all=Count("pk"),
        tried=Count("pk", filter=~Q(tried_at=None)),
        planned=Count("pk", filter=Q(state="planned")),
        left_out=Count("pk", filter=Q(state="left_out")),
        more=Count("pk", filter=Q(difference__gt=0)),
        less=Count("pk", filter=Q(difference__lt=0)),
        was=Sum("billed_cents", default=0),
        anew=Sum("repriced_cents", default=0),
    )
    currency = change.plan.amount_currency
    when = shown_day(change.effective_on) if change.effective_on else "with each one's next period"
    left_out = f"{sums['left_out']:,} left out" if sums["left_out"] else ""
    facts = [
        ("Plan", link(change.plan), change.get_state_display()),
        ("Takes effect", when, "customers are told" if change.tells_customers else "customers are not told"),
        ("Planned", f"{sums['planned']:,} of {sums['all']:,}", left_out),
        ("Tried", f"{sums['tried']:,} of {sums['all']:,}", "on the last period of each that was billed"),
        ("Revenue", signed(sums["anew"] - sums["was"], currency), f"on {shown_money(sums['was'], currency)}"),
        ("Pay more", f"{sums['more']:,}", f"{sums['less']:,} pay less"),
    ]
    prices = written_in_words(change.plan, change.prices)
    return Page(
        main=[Facts("At a glance", facts), _chart(losers, winners, currency), _table(change, losers, winners)],
        side=[Facts("New prices", [(label, price, "") for label, price in prices.items()])],
    )


def _chart(losers: list[PriceChangeMember], winners: list[PriceChangeMember], currency: str) -> Chart:
    charted = [*losers[:CHARTED], *reversed(winners[:CHARTED])]
    return Chart(
        f"Who would have paid most more, and most less, {currency}",
        [str(row.subscription.customer) for row in charted],
        {
            "Difference": [
                money.to_amount((row.repriced_cents or 0) - (row.billed_cents or 0), currency) for row in charted
            ]
        },
        note="Of the last period that was billed, before discounts and taxes.",
        empty="Nothing has been tried yet; the next minute's run does it.",
    )


def _table(change: PriceChange, losers: list[PriceChangeMember], winners: list[PriceChangeMember]) -> Table:
    return Table(
        "Most more, and most less",
        ("Customer", "Subscription", "Was billed", "Would have been", "Difference"),
        [
            (
                link(row.subscription.customer),
                link(row.subscription),
                money_of(row, row.billed_cents),
                money_of(row, row.repriced_cents),
                difference_of(row),
            )
            for row in [*losers, *reversed(winners)]
        ],
        empty="Nobody pays more or less than before.",
        numeric=frozenset({2, 3, 4}),
        more=list_address(PriceChangeMember, f"price_change__id__exact={change.pk}"),
    )
