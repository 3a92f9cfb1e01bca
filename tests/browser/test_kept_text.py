"""A form of the admin keeps what was typed when the session has ended, by keyboard alone."""

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from curriculum.admin.editor import change_url
from curriculum.models import Lesson
from tests.support.factories import UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
PLAIN_FILES = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


@pytest.fixture(scope="module", autouse=True)
def queries_beside_the_browser() -> Iterator[None]:
    """Playwright's loop runs in this thread, and Django takes the test's queries for its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def site(settings: Settings, request: pytest.FixtureRequest) -> LiveServer:
    """A server in this process, with the files of pages as they are in the source."""
    settings.STORAGES = settings.STORAGES | {"staticfiles": PLAIN_FILES}
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    server: LiveServer = request.getfixturevalue("live_server")
    return server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def sign_in(page: Page, site: LiveServer, client: Client, username: str) -> None:
    """Give the browser a session of an instructor."""
    user = UserFactory(username=username, role="instructor", is_staff=True)
    client.force_login(user)
    session = client.cookies["drydock_session"].value
    page.context.add_cookies([{"name": "drydock_session", "value": session, "url": site.url}])


def test_what_was_typed_comes_back_after_signing_in(
    site: LiveServer, page: Page, client: Client, loaded: Lesson
) -> None:
    sign_in(page, site, client, "ines")
    page.goto(site.url + change_url(loaded))
    title = page.get_by_label("Title", exact=True)
    title.fill("Typed before")
    page.get_by_role("group", name="Machines", exact=True).get_by_role("button", name="Add").press(
        "Enter"
    )
    page.locator("[name=machines-1-name]").fill("second")
    page.locator("[name=machines-1-kind]").select_option("linux")
    page.context.clear_cookies(name="drydock_session")
    title.press("Enter")
    notice = page.locator("[data-signed-out]")
    expect(notice).to_be_focused()
    expect(title).to_have_value("Typed before")
    page.keyboard.press("Tab")
    expect(notice.get_by_role("link", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, site, client, "ines2")
    page.goto(site.url + change_url(loaded))
    expect(page.get_by_text("What you had typed is here again.")).to_be_visible()
    expect(title).to_have_value("Typed before")
    expect(page.locator("[name=machines-1-name]")).to_have_value("second")
    title.press("Enter")
    expect(page.get_by_text("“Typed before” is saved.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("What you had typed is here again.")).to_have_count(0)


def test_a_form_is_sent_after_signing_in_elsewhere(
    site: LiveServer, page: Page, client: Client, loaded: Lesson
) -> None:
    sign_in(page, site, client, "ines")
    page.goto(site.url + change_url(loaded))
    title = page.get_by_label("Title", exact=True)
    title.fill("Typed before")
    page.context.clear_cookies()
    title.press("Enter")
    expect(page.locator("[data-signed-out]")).to_be_visible()
    sign_in(page, site, client, "ines2")
    title.press("Enter")
    expect(page.get_by_text("“Typed before” is saved.")).to_be_visible()


def test_a_link_leads_from_the_head_to_each_faulty_field(
    site: LiveServer, page: Page, client: Client, loaded: Lesson
) -> None:
    sign_in(page, site, client, "ines")
    page.goto(site.url + change_url(loaded))
    page.get_by_label("Minutes").fill("0")
    page.get_by_label("Minutes").press("Enter")
    expect(page.locator("[data-faults]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Minutes")).to_be_focused()
    expect(page.get_by_text("Minutes: must be at least 1")).to_be_in_viewport()
