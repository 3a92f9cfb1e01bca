"""Point the cache at a Redis."""

from django.core.cache import caches


def use(settings, url):
    settings.CACHES = {
        "default": {
            "BACKEND": "core.shared_cache.SharedCache",
            "LOCATION": url,
            "KEY_PREFIX": "drydock-cache",
        }
    }
    caches["default"].local.clear()
