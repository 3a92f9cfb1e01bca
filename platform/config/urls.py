"""Route the URLs of the whole platform."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from api.docs import api_docs
from api.routes import api
from config.admin.groups import group_models
from config.admin.theme import apply_theme

# The admin has no sign-in of its own, which would know neither second factor nor rate limit.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

apply_theme(admin.site)
group_models(admin.site)

handler400 = "config.error_pages.bad_request"
handler500 = "config.error_pages.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.pages.urls")),
    path("api/docs", api_docs, name="api_docs"),
    path("api/", api.urls),
    path("", include("operate.urls")),
    path("", include("learn.urls")),
]
