import contextlib
import gc
import os

from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, connection
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_site.settings")

application = get_wsgi_application()
# The first client need not wait for the addresses and all that is behind them, nor for an embedded server to be found.
resolve("/livez")
with contextlib.suppress(OperationalError):
    connection.ensure_connection()
    connection.close()

# What is loaded stays: looking through it again and again costs intake a tenth of its time.
gc.collect()
gc.freeze()
