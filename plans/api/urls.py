from django.urls import path

from plans.api import plans

urlpatterns = [
    path("plans", plans.PlansView.as_view()),
    path("plans/<path:code>", plans.PlanView.as_view()),
]
