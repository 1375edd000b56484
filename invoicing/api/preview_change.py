from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields, formats
from billing_site.core.api.views import ApiView
from invoicing.api.serializers import WholeInvoiceOutput
from invoicing.api.shapes import PreviewChange, PreviewedChange, UnusedCredit
from invoicing.api.views import whole_invoice_rows
from invoicing.services import change_previews
from invoicing.services.change_previews import ChangePreview
from plans.api import plans as plan_views
from plans.api import subscriptions as subscription_views
from plans.models import Subscription
from plans.services import subscriptions


class ChangeInput(subscription_views.SubscriptionUpdate):
    """What is to be tried: another plan (with all that a change takes), or the end if no plan is named."""

    plan_code = fields.CodeField(required=False, allow_null=True)
    plan_change = subscription_views.PlanChangeInput(required=False, allow_null=True)


class PreviewChangeView(ApiView):
    resource = "subscription"

    @extend_schema(request=ChangeInput, responses=PreviewChange)
    def post(self, request: Request, external_id: str) -> Response:
        subscription: Subscription = self.found(
            subscription_views.rows(), external_id=external_id, status=Subscription.Status.ACTIVE
        )
        now = timezone.now()
        act = self._act(subscription, self.read(ChangeInput), now)
        shown = change_previews.preview(subscription, act, _shown, now=now)
        return Response({"preview_change": shown})

    def _act(self, subscription: Subscription, asked: dict[str, Any], now: Any) -> Callable[[], Subscription]:
        code = asked.pop("plan_code", None)
        if code is None:
            options: dict[str, Any] = {
                name: asked.get(name) for name in ("on_termination_credit_note", "on_termination_invoice")
            }
            return lambda: subscriptions.terminate(subscription, at=now, now=now, **options)
        plan = self.found(plan_views.rows(), "plan", code=code)
        return lambda: subscriptions.create(
            subscription.customer, plan, external_id=subscription.external_id, now=now, **asked
        )


def _shown(preview: ChangePreview) -> PreviewedChange:
    invoices = whole_invoice_rows().filter(pk__in=preview.invoices)
    unused = preview.unused
    credit: UnusedCredit | None = None
    if unused is not None:
        credit = {
            "lago_fee_id": unused.fee.lago_id,
            "days": unused.unused.days,
            "precise_amount_cents": formats.decimal_string(unused.unused.precise_cents),
            "amount_currency": unused.fee.currency,
            "option": unused.option,
        }
    row = subscription_views.rows().get(pk=preview.subscription.pk)
    return {
        "at": formats.instant(preview.at),
        "subscription": subscription_views.SubscriptionWithPlan(row).data,
        "invoices": WholeInvoiceOutput(invoices, many=True).data,
        "unused": credit,
    }
