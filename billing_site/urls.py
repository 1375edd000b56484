"""All addresses: the API of each app under /api/v1, its documents, health."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from billing_site import health
from billing_site.core.api.errors import route_not_found
from invoicing.api import inbound
from metering.api.events import BatchView
from plans.api.events import SubscribedEventsView

handler400 = "billing_site.core.api.errors.bad_request"
handler500 = "billing_site.core.api.errors.server_error"

intake = [path("events", SubscribedEventsView.as_view()), path("events/batch", BatchView.as_view())]

urlpatterns: list[URLPattern | URLResolver] = [
    # Before all others, since nearly all requests are for these two: to pass by the others costs a sixth of an event.
    path("api/v1/", include(intake)),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("livez", health.live),
    path("readyz", health.ready),
    path("health", health.live),
    path("ready", health.ready),
    path("portal/", include("billing_site.portal.urls")),
    path("webhooks/stripe/<str:code>", inbound.stripe),
    # First, since it has addresses within those of the floors below (events/estimate_fees).
    path("api/v1/", include("invoicing.api.urls")),
    path("api/v1/", include("customers.api.urls")),
    path("api/v1/", include("metering.api.urls")),
    path("api/v1/", include("plans.api.urls")),
    path("api/v1/", include("credits.api.urls")),
    path("api/v1/", include("webhooks.api.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="schema")),
    re_path(r"^api/", route_not_found),
]
