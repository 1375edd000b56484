"""All addresses: the API of each app under /api/v1, the staff pages, the documents of the API, health."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
