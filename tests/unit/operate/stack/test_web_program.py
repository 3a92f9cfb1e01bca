"""The web program: uvicorn with the platform's own protocols and bounds, once or several times."""

from pytest_django.fixtures import Settings
from uvicorn.config import Config
from uvicorn.importer import import_from_string

from config.serving.http_protocol import BoundedHTTP
from config.serving.websocket_protocol import PacedWebSocket
from core.budgets import CLIENT, STRANGER
from operate.stack.programs import web


def options_of(command: tuple[str, ...]) -> dict[str, str]:
    names = [number for number, word in enumerate(command) if word.startswith("--")]
    return {command[at]: command[at + 1] for at in names if at + 1 < len(command)}


def test_its_protocols_and_bounds_are_the_budgets() -> None:
    options = options_of(web("127.0.0.1", 8000).command)
    assert import_from_string(options["--http"]) is BoundedHTTP
    assert import_from_string(options["--ws"]) is PacedWebSocket
    assert int(options["--ws-max-size"]) == CLIENT.terminal_message_bytes
    assert int(options["--h11-max-incomplete-event-size"]) == STRANGER.header_bytes
    assert float(options["--timeout-keep-alive"]) == STRANGER.idle_seconds


def test_uvicorn_takes_them() -> None:
    options = options_of(web("127.0.0.1", 8000).command)
    config = Config("config.asgi:application", http=options["--http"], ws=options["--ws"])
    config.load()
    assert (config.http_protocol_class, config.ws_protocol_class) == (BoundedHTTP, PacedWebSocket)


def test_it_is_one_process_unless_the_operator_wants_more(settings: Settings) -> None:
    settings.WEB_PROCESSES = 1
    assert "--workers" not in web("127.0.0.1", 8000).command
    settings.WEB_PROCESSES = 3
    assert options_of(web("127.0.0.1", 8000).command)["--workers"] == "3"
