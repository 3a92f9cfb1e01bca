"""Define the ASGI application: HTTP to Django, websockets to config.routing."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django_application = get_asgi_application()

from config.routing import websocket_application  # noqa: E402  (needs the apps loaded)

application = ProtocolTypeRouter({"http": django_application, "websocket": websocket_application})
