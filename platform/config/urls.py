"""URL routes of the whole platform."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config.admin_dress import dress
from config.admin_groups import group
from learn.api import api
from learn.api_docs import api_docs

# The admin has no sign-in of its own, which would know neither second factor nor rate limit.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

dress(admin.site)
group(admin.site)

handler400 = "config.error_pages.bad_request"
handler500 = "config.error_pages.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("api/docs", api_docs, name="api_docs"),
    path("api/", api.urls),
    path("", include("operate.urls")),
    path("", include("learn.urls")),
]
