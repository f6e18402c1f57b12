"""Pages of other sites with the element <talktime-talk>, a browser that knows them, and helpers for the frame."""
import http.server
import pathlib
import re
import threading
import urllib.parse

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from conftest import NOTE_VIOLATIONS
from test_journey import click, text_of, wait

DOCS = (pathlib.Path(__file__).parents[2] / "docs" / "embedding.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```html\n(.*?)```", DOCS, re.S).group(1)
OURS = "https://talktime.example"

# The suite's EMBED_ORIGINS has the first of these two sites. Both are this server.
SELLER, STRANGER = "http://seller.localhost", "http://stranger.localhost"
PAGES = {}


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        # A browser that takes this server for its proxy names the whole address.
        page = PAGES.get(urllib.parse.urlsplit(self.path).path)
        # No icon is asked for in vain: the log would have an error.
        self.send_response(200 if page else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        for name, value in (page or ("", {}))[1].items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write((page or ("", {}))[0].encode())

    def log_message(self, *_):
        pass


SERVER = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--mute-audio",
    f"--host-resolver-rules=MAP *.localhost:80 127.0.0.1:{SERVER.server_port}",
    # One process for all frames: the scripts that a test injects reach the frames of other sites, too.
    "--disable-site-isolation-trials", "--disable-features=IsolateOrigins,site-per-process",
)


@pytest.fixture(scope="module", autouse=True)
def pages(public_url):
    threading.Thread(target=SERVER.serve_forever, daemon=True).start()
    example = EXAMPLE.replace(OURS, public_url)
    # A page as strict as the docs say that it may be.
    strict = {
        "Content-Security-Policy": f"default-src 'none'; script-src {public_url}; frame-src {public_url}; "
                                   "style-src 'unsafe-inline'",
        "Permissions-Policy": f'microphone=(self "{public_url}"), camera=()',
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        "Referrer-Policy": "no-referrer",
    }
    PAGES["/"] = (example, {})
    PAGES["/strict"] = (example, strict)
    PAGES["/hindi"] = (example.replace("<talktime-talk>", '<talktime-talk language="hi">'), strict)
    PAGES["/frames-ours"] = (f'<iframe src="{public_url}/embed"></iframe><iframe src="{public_url}/"></iframe>'
                             f'<iframe src="{public_url}/embed/sign-in"></iframe>', {})
    PAGES["/around"] = (f'<iframe src="{SELLER}/"></iframe>', {})
    PAGES["/empty"] = ("<!doctype html><title>empty</title>", {})
    yield
    SERVER.shutdown()


@pytest.fixture(scope="module")
def chromium():
    """A browser that knows the two sites."""
    options = webdriver.ChromeOptions()
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium):
    """A window of its own for each test, in which nobody is signed in."""
    old = chromium.window_handles
    chromium.switch_to.new_window("window")
    new = chromium.current_window_handle
    for handle in old:
        chromium.switch_to.window(handle)
        chromium.close()
    chromium.switch_to.window(new)
    chromium.set_window_size(1280, 900)
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NOTE_VIOLATIONS})
    chromium.get_log("browser")
    yield chromium
    lines = [entry["message"] for entry in chromium.get_log("browser")]
    assert [line for line in lines if "Security Policy" in line or "ermissions-Policy" in line] == []


def into_frame(browser):
    """Waits for the element, and goes into its frame."""
    browser.switch_to.default_content()
    wait(browser, lambda b: b.execute_script("return document.querySelector('talktime-talk').ready"))
    browser.switch_to.frame(browser.execute_script(
        "return document.querySelector('talktime-talk').shadowRoot.querySelector('iframe')"))
    # Chromium drops the presses in a frame of another site that has appeared or moved within half a second, if the frame
    # asks whether it can be seen. Nobody is told of it.
    browser.execute_script("window.enteredAt = performance.now()")
    wait(browser, lambda b: b.execute_script("return performance.now() - window.enteredAt > 700"))


def window_of_ours(browser, button="#sign-in"):
    """Presses the frame's button, and goes into the window that opens."""
    known = set(browser.window_handles)
    click(browser, button)
    wait(browser, lambda b: set(b.window_handles) - known)
    browser.switch_to.window((set(browser.window_handles) - known).pop())


def sign_in(browser):
    """By the window, where the browser is signed in already."""
    page, known = browser.current_window_handle, browser.window_handles
    into_frame(browser)
    window_of_ours(browser)
    wait(browser, shown.element_to_be_clickable((By.ID, "yes")))
    title = text_of(browser, "#title")
    browser.find_element(By.ID, "yes").click()
    wait(browser, lambda b: b.window_handles == known)
    browser.switch_to.window(page)
    into_frame(browser)
    wait(browser, lambda b: state(b) == "Ready when you are.")
    return title


def state(browser):
    return text_of(browser, "#talk-state")


def severe(browser):
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def looks(browser):
    return browser.execute_script("""
      const of = (node) => getComputedStyle(node);
      return {
        ground: of(document.body).backgroundColor, ink: of(document.body).color, size: of(document.body).fontSize,
        accent: of(document.getElementById('sign-in')).backgroundColor,
        radius: of(document.getElementById('sign-in')).borderTopLeftRadius,
      };""")


def theme(browser, **properties):
    browser.switch_to.default_content()
    browser.execute_script("""
      for (const [name, value] of Object.entries(arguments[0])) {
        document.querySelector('talktime-talk').style.setProperty(`--talktime-${name.replace('_', '-')}`, value);
      }""", properties)
    into_frame(browser)
