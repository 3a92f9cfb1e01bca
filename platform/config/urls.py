"""URL routes of the whole platform."""

from django.contrib import admin
from django.urls import include, path

from learn.api import api

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("api/", api.urls),
    path("", include("operate.urls")),
    path("", include("learn.urls")),
]
