from django.urls import path

from credits.api import views

urlpatterns = [
    path("coupons", views.CouponsView.as_view()),
    path("coupons/<path:code>", views.CouponView.as_view()),
    path("applied_coupons", views.AppliedCouponsView.as_view()),
    path("customers/<str:external_id>/applied_coupons", views.CustomerAppliedCouponsView.as_view()),
    path("customers/<str:external_id>/applied_coupons/<uuid:lago_id>", views.CustomerAppliedCouponView.as_view()),
]
