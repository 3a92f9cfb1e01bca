"""Show the admin in the product's colours: django-unfold's settings."""

from typing import Any

from django.templatetags.static import static

# static/css/tokens.css has the same colours by role; unfold wants scales, whose upper end serves as
# the dark scheme.
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Drydock",
    "SITE_HEADER": "Drydock",
    "SITE_SUBHEADER": "Administration",
    "SITE_URL": "/",
    "SITE_ICON": lambda _request: static("img/favicon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("img/favicon.svg")}
    ],
    "STYLES": [
        lambda _request: static("css/fonts.css"),
        lambda _request: static("css/tokens.css"),
        lambda _request: static("css/admin.css"),
    ],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "base": {
            "50": "#f7f6f2",
            "100": "#efede7",
            "200": "#dcd8ce",
            "300": "#c6c8c6",
            "400": "#93a1ac",
            "500": "#5c6871",
            "600": "#4c5964",
            "700": "#33424e",
            "800": "#283642",
            "900": "#121a21",
            "950": "#0b1116",
        },
        "primary": {
            "50": "#eef6f9",
            "100": "#e1eef3",
            "200": "#c2dde8",
            "300": "#a6daee",
            "400": "#7fc6e2",
            "500": "#3f9cbf",
            "600": "#0b5a78",
            "700": "#08465e",
            "800": "#0a3a4d",
            "900": "#17313d",
            "950": "#0c2029",
        },
    },
}
