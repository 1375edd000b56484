"""The door for what providers tell; it asks for no key but for their signature."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.exceptions import ParseError

from billing_site.core.api.parsing import decode
from customers.models import PaymentProvider
from invoicing.services.payments import inbox

MOST_BYTES = 1_000_000


@csrf_exempt
@require_POST
def stripe(request: HttpRequest, code: str) -> HttpResponse:
    """Store a webhook of Stripe's: 200 once it is stored, 400 if it is not genuine, 404 if nobody expects any."""
    provider = PaymentProvider.objects.live().filter(code=code).first()
    if provider is None or not provider.webhook_secrets:
        return HttpResponse(status=404)
    body = request.body
    try:
        event = decode(body) if len(body) <= MOST_BYTES else None
    except ParseError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("id"), str):
        return HttpResponse(status=400)
    header = request.headers.get("Stripe-Signature", "")
    genuine = inbox.receive(provider, body, header, event, now=timezone.now())
    return HttpResponse(status=200 if genuine else 400)
