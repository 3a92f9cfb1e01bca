"""Define the ASGI application: HTTP to Django, websockets to config.routing."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django_application = get_asgi_application()

from config.routing import websocket_application  # noqa: E402  (needs the apps loaded)
from config.serving.bodies import BoundedBodies  # noqa: E402
from config.serving.own_pages import OnlyOwnPages  # noqa: E402
from config.serving.process import (  # noqa: E402
    end_with_uvicorn,
    hurry_switches,
    raise_open_files,
)
from config.serving.requests import FewAtOnce  # noqa: E402
from ports.application import PortsInFront  # noqa: E402

raise_open_files()
hurry_switches()
end_with_uvicorn()
platform = ProtocolTypeRouter(
    {"http": BoundedBodies(FewAtOnce(django_application)), "websocket": websocket_application}
)
application = PortsInFront(OnlyOwnPages(platform))
