"""
Settings, all from the environment; README.md lists the variables.

An external database means production unless ENVIRONMENT says otherwise, so that a forgotten
variable errs on the strict side.
"""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(str(BASE_DIR / ".env"))

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
ENVIRONMENT = env.str("ENVIRONMENT", default="production" if "DATABASE_URL" in env.ENVIRON else "development")
IS_PRODUCTION = ENVIRONMENT == "production"

DEVELOPMENT_SECRET_KEY = "for-development-only-never-in-production"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_SECRET_KEY)
# Keys of secrets at rest (core/encryption.py): the first encrypts, all decrypt.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[DEVELOPMENT_SECRET_KEY])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = [name for name in env.list("ALLOWED_HOSTS", default=[] if IS_PRODUCTION else ["*"]) if name.strip()]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Where Stripe is (its own address unless a test says otherwise), and for how many seconds an answer is waited for.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
STRIPE_TIMEOUT = env.float("STRIPE_TIMEOUT", default=30.0)
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")

if IS_PRODUCTION:
    if SECRET_KEY == DEVELOPMENT_SECRET_KEY or len(SECRET_KEY) < 32:
        raise ImproperlyConfigured("Set SECRET_KEY to at least 32 random characters.")
    if not ENCRYPTION_KEYS or any(
        len(key) < 32 or key in (DEVELOPMENT_SECRET_KEY, SECRET_KEY) for key in ENCRYPTION_KEYS
    ):
        raise ImproperlyConfigured("Set ENCRYPTION_KEYS to at least 32 random characters that are not SECRET_KEY.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG shows secrets to strangers: it cannot be on in production.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names under which this site is reached.")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "billing_site.core",
    "customers",
    "metering",
    "plans",
    "credits",
    "invoicing",
    "webhooks",
    "billing_site",
    "django_q",  # after billing_site, whose qcluster is the one that runs
]

MIDDLEWARE = [
    "billing_site.core.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "billing_site.core.requests.ActorMiddleware",
    "webhooks.api.logging.ApiLogMiddleware",  # inside the one before, which knows who acts
    "billing_site.core.api.idempotency.IdempotencyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "billing_site.urls"
WSGI_APPLICATION = "billing_site.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Without DATABASE_URL an embedded PostgreSQL lives in var/; it starts at the first connection.
EMBEDDED_POSTGRES = {
    "DIR": env.str("EMBEDDED_POSTGRES_DIR", default=str(VAR_DIR / "postgres")),
    "DURABLE": env.bool("EMBEDDED_POSTGRES_DURABLE", default=True),
}
DATABASES = {
    "default": env.db_url("DATABASE_URL")
    if "DATABASE_URL" in env.ENVIRON
    else {"ENGINE": "billing_site.core.embedded_postgres", "NAME": "countinghouse"}
}
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
# Any number permits the prepared statements of intake; Django's own cursors prepare none.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("prepare_threshold", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS: list[Path] = []

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "files"}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not IS_PRODUCTION

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=IS_PRODUCTION)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=0)
X_FRAME_OPTIONS = "DENY"
# Bodies are bounded before they are read; 1,000 events of a few kilobytes each fit.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=8 * 1024 * 1024)

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

UNFOLD = {
    "SITE_TITLE": "Countinghouse",
    "SITE_HEADER": "Countinghouse",
    "SITE_SYMBOL": "account_balance",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}],
    "SITE_SUBHEADER": "Billing",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("admin/staff.css")],
    "SCRIPTS": [lambda request: static("admin/staff.js")],
    "DASHBOARD_CALLBACK": "billing_site.admin.home.home",
    "SIDEBAR": {"show_search": True, "command_search": True, "navigation": "billing_site.admin.sidebar.navigation"},
    "COMMAND": {"search_models": False, "search_callback": "billing_site.admin.search.search"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["billing_site.core.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["billing_site.core.api.authentication.KeyMayDoThis"],
    "DEFAULT_RENDERER_CLASSES": ["billing_site.core.api.rendering.MoneyJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["billing_site.core.api.parsing.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "billing_site.core.api.document.Schema",
    "EXCEPTION_HANDLER": "billing_site.core.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Countinghouse API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": ["metering.api.documented.with_events", "webhooks.api.documented.with_webhooks"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
}

# django-q2 only wakes workers (house decision: what must happen lives in our own rows).
Q_CLUSTER = {
    "name": "countinghouse",
    "orm": "default",
    "workers": env.int("WORKERS", default=2),
    "poll": 1,
    "timeout": 300,
    "retry": 360,
    "max_attempts": 3,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 100,
    "recycle": 500,
}
# What staff pages show of the floors above their object.
STAFF_PAGES = "billing_site.admin.pages"
# After X, do Y: the one table that joins the floors upward.
REACTIONS = "billing_site.reactions.REACTIONS"
# Who hears of many things that happened, if somebody outside waits for them.
LISTENERS = "billing_site.reactions.LISTENERS"
VAT_REGISTER = env.str("VAT_REGISTER", default="customers.services.vat_registers.Offline")

# EMAIL_URL, e.g. smtp+tls://user:password@host:587; without it mails are files in var/mail.
EMAIL_CONFIG = env.email_url("EMAIL_URL") if "EMAIL_URL" in env.ENVIRON else {}
if EMAIL_CONFIG.get("EMAIL_HOST"):
    EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
    EMAIL_HOST = EMAIL_CONFIG["EMAIL_HOST"]
    EMAIL_PORT = EMAIL_CONFIG["EMAIL_PORT"]
    EMAIL_HOST_USER = EMAIL_CONFIG["EMAIL_HOST_USER"] or ""
    EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
    EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="billing@localhost")

# Networks inside which webhooks may be sent to (e.g. 10.1.0.0/16), besides all that is public.
WEBHOOK_ALLOWED_NETWORKS = env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])

# How long a link to a stored document opens it; after that the API gives a new one.
DOCUMENT_LINK_DAYS = env.int("DOCUMENT_LINK_DAYS", default=30)

# A link to a customer's portal opens it for so many hours; a visit ends sooner if nothing is done for so many minutes.
PORTAL_LINK_HOURS = env.int("PORTAL_LINK_HOURS", default=12)
PORTAL_IDLE_MINUTES = env.int("PORTAL_IDLE_MINUTES", default=60)
# Pages of a customer's portal in a minute, and attempts of an address with links that are no good; 0 sets no limit.
PORTAL_REQUESTS_PER_MINUTE = env.int("PORTAL_REQUESTS_PER_MINUTE", default=120)
PORTAL_ATTEMPTS_PER_MINUTE = env.int("PORTAL_ATTEMPTS_PER_MINUTE", default=20)

# Requests of a key in a minute, unless the key says otherwise; 0 sets no limit. Intake of events has none.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=6000)

EVENTS_BATCH_MAX_LENGTH = env.int("EVENTS_BATCH_MAX_LENGTH", default=1000)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "billing_site.core.logs.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "billing_site.core.logs.JsonFormatter"},
        "plain": {"format": "%(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.str("LOG_FORMAT", default="json" if IS_PRODUCTION else "plain"),
            "filters": ["request"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO" if IS_PRODUCTION else "WARNING")},
    "loggers": {"django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}

# Days before the end of a subscription at which its owner is told.
TERMINATION_ALERT_DAYS = env.list("TERMINATION_ALERT_DAYS", cast=int, default=[45, 15])
