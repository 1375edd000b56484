from tests.api.operations.row import Row

VALUES = {"entitlements": {"seats": {"max": 5, "root": False, "sso": "okta"}}}
PRIVILEGES = [
    {"code": "max", "name": "Maximum", "value_type": "integer"},
    {"code": "sso", "value_type": "select", "config": {"select_options": ["google", "okta"]}},
]

# fmt: off
ROWS = [
    Row(
        "POST", "features",
        body={"feature": {"code": "api", "name": "API", "description": "Calls", "privileges": PRIVILEGES}},
    ),
    Row("PUT", "features/<str:code>", "features/seats", {"feature": {"name": "Places", "privileges": PRIVILEGES}}),
    Row("DELETE", "features/<str:code>", "features/seats"),
    Row("DELETE", "features/<str:code>/privileges/<str:privilege_code>", "features/seats/privileges/max"),
    Row("POST", "plans/<str:plan_code>/entitlements", "plans/pro/entitlements", VALUES),
    Row("PATCH", "plans/<str:plan_code>/entitlements", "plans/pro/entitlements", VALUES),
    Row("DELETE", "plans/<str:plan_code>/entitlements/<str:code>", "plans/pro/entitlements/seats"),
    Row(
        "DELETE", "plans/<str:plan_code>/entitlements/<str:code>/privileges/<str:privilege_code>",
        "plans/pro/entitlements/seats/privileges/max",
    ),
    Row("PATCH", "subscriptions/<str:external_id>/entitlements", "subscriptions/sub/entitlements", VALUES),
    Row(
        "DELETE", "subscriptions/<str:external_id>/entitlements/<str:code>", "subscriptions/sub/entitlements/seats",
    ),
    Row(
        "DELETE", "subscriptions/<str:external_id>/entitlements/<str:code>/privileges/<str:privilege_code>",
        "subscriptions/sub/entitlements/seats/privileges/max",
    ),
    Row("POST", "plans/<str:plan_code>/metadata", "plans/pro/metadata", {"metadata": {"tier": "b", "owner": None}}),
    Row("PATCH", "plans/<str:plan_code>/metadata", "plans/pro/metadata", {"metadata": {"tier": "b"}}),
    Row("DELETE", "plans/<str:plan_code>/metadata", "plans/pro/metadata"),
    Row("DELETE", "plans/<str:plan_code>/metadata/<str:key>", "plans/pro/metadata/tier"),
]
# fmt: on
