"""What serves tests/bench/bare_site.py."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
