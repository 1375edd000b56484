from django.urls import path

from credits.api import deals, views, wallet_transactions, wallets

urlpatterns = [
    path("coupons", views.CouponsView.as_view()),
    path("coupons/<path:code>", views.CouponView.as_view()),
    path("applied_coupons", views.AppliedCouponsView.as_view()),
    path("customers/<str:external_id>/applied_coupons", views.CustomerAppliedCouponsView.as_view()),
    path("customers/<str:external_id>/applied_coupons/<uuid:lago_id>", views.CustomerAppliedCouponView.as_view()),
    path("deals", deals.DealsView.as_view()),
    path("deals/<path:code>/redeem", deals.RedeemView.as_view()),
    path("deals/<path:code>/redemptions", deals.RedemptionsView.as_view()),
    path("deals/<path:code>", deals.DealView.as_view()),
    path("customers/<str:external_id>/deal_redemptions", deals.CustomerRedemptionsView.as_view()),
    path("customers/<str:external_id>/deal_redemptions/<uuid:lago_id>", deals.CustomerRedemptionView.as_view()),
    path("wallets", wallets.WalletsView.as_view()),
    path("wallets/<uuid:lago_id>", wallets.WalletView.as_view()),
    path("wallets/<uuid:lago_id>/metadata", wallets.WalletMetadataView.as_view()),
    path("wallets/<uuid:lago_id>/metadata/<str:key>", wallets.WalletMetadataKeyView.as_view()),
    path("wallets/<uuid:lago_id>/wallet_transactions", wallet_transactions.TransactionsOfWalletView.as_view()),
    path("customers/<str:external_id>/wallets", wallets.CustomerWalletsView.as_view()),
    path("customers/<str:external_id>/wallets/<str:code>", wallets.WalletView.as_view()),
    path("customers/<str:external_id>/wallets/<str:code>/metadata", wallets.WalletMetadataView.as_view()),
    path("customers/<str:external_id>/wallets/<str:code>/metadata/<str:key>", wallets.WalletMetadataKeyView.as_view()),
    path("wallet_transactions", wallet_transactions.WalletTransactionsView.as_view()),
    path("wallet_transactions/<uuid:lago_id>", wallet_transactions.WalletTransactionView.as_view()),
    path("wallet_transactions/<uuid:lago_id>/consumptions", wallet_transactions.ConsumptionsView.as_view()),
    path("wallet_transactions/<uuid:lago_id>/fundings", wallet_transactions.FundingsView.as_view()),
]
