"""axe-core finds nothing in the frame of another site's page and in the window of its sign-in, with that site's colours
and with ours, in both themes, wide and on a phone."""
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from embedding import (  # noqa: F401
    EXAMPLE, OURS, PAGES, SELLER, browser, chromium, into_frame, pages, sign_in, state, window_of_ours)
from people import PASSWORD
from talking import sign_in_elsewhere, with_minutes
from test_accessibility import faults
from test_console import type_into
from test_embed import LOW, NO_CONSENT
from test_journey import click, text_of, wait
from test_second_factor import code, post

# No answer comes to the microphone's question.
WAITS = "navigator.mediaDevices.getUserMedia = () => new Promise(() => {});"


@pytest.fixture
def plain(public_url):
    """A page that leaves the looks to us."""
    page = EXAMPLE.replace(OURS, public_url)
    PAGES["/plain"] = (page[:page.index("<style>")] + page[page.index("</style>") + len("</style>"):], {})


def window(browser, public_url):
    """What the window of the sign-in shows; the frame is left where it is."""
    address = with_minutes(browser, public_url)
    token = sign_in_elsewhere(public_url, address)
    secret = post(public_url + "/auth/totp", {}, token)["secret"]
    post(public_url + "/auth/totp/confirm", {"code": code(secret, -1)}, token)
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.get(public_url + "/embed")
    wait(browser, shown.visibility_of_element_located((By.ID, "elsewhere")))
    yield "the frame alone"
    browser.get(public_url + "/embed/sign-in")
    wait(browser, lambda b: text_of(b, "#title") == "Nobody waits for this window")
    yield "the window alone"
    browser.get(SELLER + "/plain")
    into_frame(browser)
    page = browser.current_window_handle
    window_of_ours(browser)
    wait(browser, shown.visibility_of_element_located((By.ID, "password-form")))
    yield "password"
    type_into(browser, "#password-form [name=email]", address)
    type_into(browser, "#password-form [name=password]", "not this one" + Keys.ENTER)
    wait(browser, shown.visibility_of_element_located((By.ID, "password-form-error")))
    yield "password, refused"
    type_into(browser, "#password-form [name=password]", PASSWORD + Keys.ENTER)
    wait(browser, shown.visibility_of_element_located((By.ID, "code-form")))
    yield "code"
    type_into(browser, "#code-form [name=code]", "000000" + Keys.ENTER)
    wait(browser, shown.visibility_of_element_located((By.ID, "code-form-error")))
    yield "code, refused"
    type_into(browser, "#code-form [name=code]", code(secret) + Keys.ENTER)
    wait(browser, shown.element_to_be_clickable((By.ID, "yes")))
    yield "the question"
    click(browser, "#yes")
    wait(browser, lambda b: len(b.window_handles) == 1)
    browser.switch_to.window(page)
    into_frame(browser)
    wait(browser, lambda b: state(b) == "Ready when you are.")
    browser.execute_script(NO_CONSENT)
    click(browser, "#start")
    wait(browser, lambda b: "asks for your consent, in a window of its own" in state(b))
    window_of_ours(browser, "#choices button")
    wait(browser, shown.visibility_of_element_located((By.ID, "consent")))
    yield "the consent"


def frame(path):
    """What the frame shows in a page."""
    def lead(browser, public_url):
        with_minutes(browser, public_url)
        browser.get(SELLER + path)
        into_frame(browser)
        wait(browser, shown.visibility_of_element_located((By.ID, "sign-in")))
        yield "nobody is signed in"
        sign_in(browser)
        yield "at rest"
        browser.execute_script("window.answered = navigator.mediaDevices.getUserMedia; " + WAITS)
        # The frame has moved meanwhile.
        into_frame(browser)
        click(browser, "#start")
        wait(browser, lambda b: "answer your browser" in state(b))
        yield "calling"
        into_frame(browser)
        click(browser, "#cancel")
        wait(browser, shown.visibility_of_element_located((By.ID, "start")))
        browser.execute_script("navigator.mediaDevices.getUserMedia = window.answered")
        click(browser, "#start")
        wait(browser, lambda b: state(b) == "You are talking.")
        wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.agent")))
        type_into(browser, "#say-text", "I sleep badly." + Keys.ENTER)
        wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.user")))
        yield "talking"
        browser.execute_script("window.streams.at(-1).getTracks()[0].dispatchEvent(new Event('ended'))")
        wait(browser, lambda b: "Your microphone is gone" in state(b))
        yield "a question"
        into_frame(browser)
        click(browser, "#choices button")
        browser.execute_script(LOW)
        wait(browser, lambda b: text_of(b, "#low-words") == "Fifteen seconds left." and "No connection" in state(b))
        yield "little is left, and there is no connection"
        browser.execute_script("window.isSilent = false")
        wait(browser, lambda b: "The connection is back" in state(b))
        into_frame(browser)
        click(browser, "#hang-up")
        wait(browser, lambda b: "You hung up after" in state(b))
        yield "over"
    return lead


@pytest.mark.parametrize("lead", [window, frame("/"), frame("/plain")], ids=["window", "their looks", "our looks"])
def test_axe_finds_nothing(browser, public_url, plain, lead):  # noqa: F811
    found = []
    for view in lead(browser, public_url):
        found += faults(browser, view)
    assert found == [], "\n" + "\n".join(found)
