"""Define the ASGI application: HTTP to Django, websockets to config.routing."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django_application = get_asgi_application()

from config.routing import websocket_application  # noqa: E402  (needs the apps loaded)
from config.serving.bodies import BoundedBodies  # noqa: E402
from config.serving.process import end_with_uvicorn, raise_open_files  # noqa: E402

raise_open_files()
end_with_uvicorn()
application = ProtocolTypeRouter(
    {"http": BoundedBodies(django_application), "websocket": websocket_application}
)
