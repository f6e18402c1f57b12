"""A talk in a page of another site: the example of docs/embedding.md, and what pages that are not allowed get."""
import http.server
import pathlib
import re
import threading
import urllib.error
import urllib.request

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from conftest import NOTE_VIOLATIONS
from people import PASSWORD
from talking import elsewhere, sign_in_elsewhere, with_minutes
from test_console import code, operator, type_into
from test_journey import click, milliseconds, text_of, wait

DOCS = (pathlib.Path(__file__).parents[2] / "docs" / "embedding.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```html\n(.*?)```", DOCS, re.S).group(1)
OURS = "https://talktime.example"

# The suite's EMBED_ORIGINS has the first of these two sites. Both are this server.
SELLER, STRANGER = "http://seller.localhost", "http://stranger.localhost"
PAGES = {}


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGES.get(self.path)
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
    # A click is led into the frame as soon as it has been drawn.
    browser.execute_async_script("const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(done))")


def window_of_ours(browser, button="#sign-in"):
    """Presses the frame's button, and goes into the window that opens."""
    known = set(browser.window_handles)
    click(browser, button)
    wait(browser, lambda b: set(b.window_handles) - known)
    browser.switch_to.window((set(browser.window_handles) - known).pop())


def sign_in(browser):
    """By the window, where the browser is signed in already."""
    page = browser.current_window_handle
    into_frame(browser)
    window_of_ours(browser)
    wait(browser, shown.element_to_be_clickable((By.ID, "yes")))
    title = text_of(browser, "#title")
    browser.find_element(By.ID, "yes").click()
    wait(browser, lambda b: len(b.window_handles) == 1)
    browser.switch_to.window(page)
    into_frame(browser)
    wait(browser, lambda b: state(b) == "Ready when you are.")
    return title


def state(browser):
    return text_of(browser, "#talk-state")


def severe(browser):
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


@pytest.mark.parametrize("path", ["/", "/strict"])
def test_the_example_of_the_docs_talks(browser, public_url, shots, path):
    address = with_minutes(browser, public_url)
    token = sign_in_elsewhere(public_url, address)
    browser.get(SELLER + path)
    severe(browser)
    assert sign_in(browser) == "Talk on seller.localhost?"
    assert text_of(browser, "#clock") == "10:00"

    click(browser, "#start")
    wait(browser, lambda b: state(b) == "You are talking.")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.agent")))
    # The microphone's sound, and the beats over the link.
    wait(browser, lambda b: b.execute_script("return window.chunks.length > 1 && window.beats.length > 1"))
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) <= 598_000)
    browser.save_screenshot(str(shots / f"embed{path.replace('/', '-')}.png"))
    # Other pages of ours open beside the page, and never in its place.
    more = browser.find_element(By.ID, "add-minutes")
    assert (more.get_attribute("href"), more.get_attribute("target"), more.get_attribute("rel")) == (
        public_url + "/", "_blank", "noopener")
    click(browser, "#hang-up")
    wait(browser, lambda b: "You hung up after" in state(b))
    talk = elsewhere(public_url, "GET", "/sessions?limit=1", token)["items"][0]
    assert talk["state"] == "ended" and talk["end_reason"] == "user" and talk["charged_ms"] > 0
    assert browser.execute_script("return window.policyViolations") == []
    assert severe(browser) == []


def wait_refused(browser, count):
    """Waits until the browser has refused so many frames, which it notes."""
    lines = []
    wait(browser, lambda b: lines.extend(entry["message"] for entry in b.get_log("browser"))
         or sum("frame-ancestors" in line for line in lines) >= count)


def test_a_page_that_is_not_allowed_gets_nothing(browser, public_url):
    browser.get(STRANGER)
    wait(browser, lambda b: b.execute_script("return Boolean(document.querySelector('talktime-talk').shadowRoot)"))
    wait_refused(browser, 1)
    element = browser.find_element(By.TAG_NAME, "talktime-talk")
    assert browser.execute_script("return arguments[0].ready", element) is False
    frame = browser.execute_script("return arguments[0].shadowRoot.querySelector('iframe')", element)
    assert not frame.is_displayed()
    # What the page has itself in this place.
    assert element.find_element(By.TAG_NAME, "a").is_displayed()
    # Neither without the element, nor around a page that is allowed, nor our other pages in one that is.
    for page, refused in ((STRANGER + "/frames-ours", 3), (STRANGER + "/around", 1), (SELLER + "/frames-ours", 2)):
        browser.get(page)
        wait_refused(browser, refused)


def answer_of(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.headers
    except urllib.error.HTTPError as error:
        return error.headers


def test_only_the_frame_may_be_framed(public_url):
    for path in ("/", "/embed/sign-in", "/embed.js", "/embed/", "/embed/index.html", "/embed/frame.js", "/docs",
                 "/config.json", "/nothing", "/embed/nothing", "/auth/me"):
        headers = answer_of(public_url + path)
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert headers["X-Frame-Options"] == "DENY", path
        opener = "unsafe-none" if path == "/embed/sign-in" else "same-origin-allow-popups"
        assert headers["Cross-Origin-Opener-Policy"] == opener, path
        assert (headers["Access-Control-Allow-Origin"], headers["Cross-Origin-Resource-Policy"]) == (
            ("*", "cross-origin") if path == "/embed.js" else (None, None)), path
    frame = answer_of(public_url + "/embed")
    policy = [part.strip() for part in frame["Content-Security-Policy"].split(";")]
    assert f"frame-ancestors {SELLER}" in policy and "script-src 'self'" in policy and "form-action 'none'" in policy
    assert "sandbox allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox" in policy
    assert frame["X-Frame-Options"] is None
    allowed = [part for part in frame["Permissions-Policy"].split(", ") if not part.endswith("=()")]
    assert allowed == ["microphone=(self)"]


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


def test_the_page_decides_the_looks_as_far_as_they_can_be_read(browser, public_url):
    browser.get(SELLER)
    into_frame(browser)
    given = {"ground": "rgb(255, 253, 247)", "ink": "rgb(43, 33, 24)", "size": "16px", "accent": "rgb(122, 31, 162)",
             "radius": "12px"}
    wait(browser, lambda b: looks(b) == given)
    # The browser computes what the page writes, and the next theme takes the place of the one before.
    theme(browser, accent="teal", radius="calc(2px + 1rem)", font_size="1.25rem")
    wait(browser, lambda b: looks(b)["accent"] == "rgb(0, 128, 128)")
    assert (looks(browser)["radius"], looks(browser)["size"]) == ("18px", "20px")
    # Words that cannot be read, a button that cannot be seen, and figures beyond all measure: ours are shown.
    theme(browser, accent="#fffdf0", text="rgb(250, 250, 240)", radius="400px", font_size="2px")
    ours = {"ground": "rgb(255, 254, 251)", "ink": "rgb(29, 38, 36)", "size": "17px", "accent": "rgb(15, 107, 92)",
            "radius": "16px"}
    wait(browser, lambda b: looks(b) == ours)
    # Nothing but colours and pixels, whatever is sent.
    browser.switch_to.default_content()
    for value in ("url(http://stranger.localhost/x)", "rgba(0, 0, 0, 0)", "rgb(300, 0, 0)", "red; background: url(x)",
                  7, None, {}):
        browser.execute_script("""
          const [value, ours] = arguments;
          const theme = { accent: value, background: value, text: value };
          document.querySelector('talktime-talk').shadowRoot.querySelector('iframe').contentWindow.postMessage(
            { talktime: 'theme', theme }, ours);""", value, public_url)
    theme(browser, radius="3px")
    wait(browser, lambda b: looks(b)["radius"] == "3px")
    assert {**looks(browser), "radius": "16px"} == ours


FORGED = {"talktime": "tokens", "user": {"id": "00000000-0000-4000-8000-000000000000"}, "access_token": "forged"}


def test_a_forged_message_does_nothing(browser, public_url):
    browser.get(SELLER)
    into_frame(browser)
    before = looks(browser)
    browser.switch_to.default_content()
    # From the page itself and from a frame beside ours: neither may sign in, and only the page decides the looks.
    browser.execute_script("""
      const [forged, ours] = arguments;
      const frame = document.querySelector('talktime-talk').shadowRoot.querySelector('iframe').contentWindow;
      for (const talktime of ['tokens', 'window', 'request', 'ready']) frame.postMessage({ ...forged, talktime }, '*');
      window.other = document.createElement('iframe');
      window.other.srcdoc = '<p>beside</p>';
      document.body.append(window.other);""", FORGED, public_url)
    wait(browser, lambda b: b.execute_script("return window.other.contentDocument?.body?.textContent === 'beside'"))
    browser.execute_script("""
      window.other.contentWindow.eval(`parent.document.querySelector('talktime-talk').shadowRoot.querySelector('iframe')
        .contentWindow.postMessage({ talktime: 'theme', theme: { accent: 'rgb(200, 0, 0)' } }, '*')`);""")
    # To the element, in the name of the frame.
    heard = browser.execute_async_script("""
      const done = arguments[0];
      const element = document.createElement('talktime-talk');
      document.body.append(element);
      element.addEventListener('talktime-ready', () => done('its own frame'));
      postMessage({ talktime: 'ready' }, '*');
      window.other.contentWindow.eval("parent.postMessage({ talktime: 'ready' }, '*')");
      setTimeout(() => { if (element.ready) done('forged'); }, 0);""")
    assert heard == "its own frame"
    into_frame(browser)
    assert looks(browser) == before
    assert browser.find_element(By.ID, "sign-in").is_displayed()
    assert not browser.find_element(By.ID, "start").is_displayed()

    # While the window is open, the page still cannot answer in its place.
    window_of_ours(browser)
    ours = browser.current_window_handle
    wait(browser, shown.visibility_of_element_located((By.ID, "password-form")))
    browser.switch_to.window(next(handle for handle in browser.window_handles if handle != ours))
    browser.execute_script("""
      const frame = document.querySelector('talktime-talk').shadowRoot.querySelector('iframe');
      frame.contentWindow.postMessage(arguments[0], '*');""", FORGED)
    into_frame(browser)
    assert "window of Talktime is open" in state(browser)
    assert browser.find_element(By.ID, "sign-in").is_displayed()


def test_the_window_hands_nothing_to_another_origin(browser, public_url):
    with_minutes(browser, public_url)
    browser.get(SELLER + "/empty")
    browser.execute_script("""
      window.heard = [];
      addEventListener('message', ({ data }) => window.heard.push(data));
      window.ours = window.open(arguments[0] + '/embed/sign-in');""", public_url)
    wait(browser, lambda b: len(b.window_handles) == 2)
    seller = browser.current_window_handle
    browser.execute_script(
      "setInterval(() => window.ours.postMessage({ talktime: 'request', site: location.origin }, '*'), 50)")
    browser.switch_to.window(next(handle for handle in browser.window_handles if handle != seller))
    wait(browser, lambda b: text_of(b, "#title") == "Nobody waits for this window")
    assert not browser.find_element(By.ID, "yes").is_displayed()
    browser.close()
    browser.switch_to.window(seller)
    assert browser.execute_script("return window.heard") == []
    # The frame alone, in a tab of its own, is no talk.
    browser.get(public_url + "/embed")
    wait(browser, shown.visibility_of_element_located((By.ID, "elsewhere")))
    assert not browser.find_element(By.ID, "talk-card").is_displayed()


def test_signing_in_in_the_window_and_out_on_our_page(browser, public_url):
    address = with_minutes(browser, public_url)
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.get(SELLER)
    into_frame(browser)
    page = browser.current_window_handle
    window_of_ours(browser)
    form = wait(browser, shown.visibility_of_element_located((By.ID, "password-form")))
    form.find_element(By.NAME, "email").send_keys(address)
    form.find_element(By.NAME, "password").send_keys("not this one\n")
    wait(browser, lambda b: "do not belong together" in text_of(b, "#password-form .error"))
    field = form.find_element(By.NAME, "password")
    field.clear()
    field.send_keys("a quiet mountain lake\n")
    wait(browser, lambda b: "Talk on seller.localhost?" == text_of(b, "#title"))
    assert address in text_of(browser, "#text")
    click(browser, "#no")
    wait(browser, lambda b: len(b.window_handles) == 1)
    browser.switch_to.window(page)
    into_frame(browser)
    wait(browser, lambda b: "nothing has changed here" in state(b))
    sign_in(browser)
    click(browser, "#start")
    wait(browser, lambda b: state(b) == "You are talking.")

    # The frame has a token of this browser: whoever signs out here is signed out there.
    browser.switch_to.new_window("tab")
    browser.get(public_url)
    click(browser, "#sign-out")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.close()
    browser.switch_to.window(page)
    into_frame(browser)
    wait(browser, lambda b: "You are signed out here" in state(b))
    assert not browser.find_element(By.ID, "hang-up").is_displayed()


def test_an_operators_token_stays_out_of_a_frame(browser, public_url):
    chief = operator(public_url, "support")
    browser.get(SELLER)
    into_frame(browser)
    page = browser.current_window_handle
    window_of_ours(browser)
    type_into(browser, "#password-form [name=email]", chief.email)
    type_into(browser, "#password-form [name=password]", PASSWORD + Keys.ENTER)
    wait(browser, shown.visibility_of_element_located((By.ID, "code-form")))
    type_into(browser, "#code-form [name=code]", code(chief.secret) + Keys.ENTER)
    wait(browser, lambda b: "You are signed in as an operator. Talk on Talktime’s own page." == text_of(b, "#text"))
    assert not browser.find_element(By.ID, "yes").is_displayed()
    assert browser.find_element(By.CSS_SELECTOR, "#own-page a").get_attribute("href") == public_url + "/"
    browser.close()
    browser.switch_to.window(page)
    into_frame(browser)
    wait(browser, lambda b: "nothing has changed here" in state(b))
    assert browser.find_element(By.ID, "sign-in").is_displayed()


NOTE_CALL = """
const plain = window.fetch;
window.fetch = (path, options = {}) => {
  if (path === '/sessions' && options.method === 'POST') window.calledAt = Date.now();
  return plain(path, options);
};
"""


def test_a_covered_button_begins_no_talk(browser, public_url):
    with_minutes(browser, public_url)
    browser.get(SELLER)
    sign_in(browser)
    browser.switch_to.default_content()
    browser.execute_script("""
      const cover = document.createElement('p');
      cover.textContent = 'Win a prize';
      cover.style.cssText = 'position: fixed; inset: 0; margin: 0; background: white; pointer-events: none; z-index: 9';
      document.body.append(cover);
      window.cover = cover;""")
    into_frame(browser)
    click(browser, "#start")
    wait(browser, lambda b: "covers the button" in state(b))
    assert browser.execute_script("return window.asked.filter((line) => line === 'POST /sessions')") == []
    browser.switch_to.default_content()
    # Neither does one that is cut off.
    browser.execute_script("""
      window.cover.remove();
      const element = document.querySelector('talktime-talk');
      const height = element.offsetHeight;
      element.shadowRoot.querySelector('iframe').style.blockSize = `${height}px`;
      window.cut = element.style;
      Object.assign(window.cut, { blockSize: `${height - 40}px`, overflow: 'clip' });""")
    browser.switch_to.frame(browser.execute_script(
        "return document.querySelector('talktime-talk').shadowRoot.querySelector('iframe')"))
    browser.execute_script("document.getElementById('talk-state').textContent = ''")
    # By the keyboard: a pointer would not meet what is cut off.
    browser.find_element(By.ID, "start").send_keys(Keys.ENTER)
    wait(browser, lambda b: "cuts it off" in state(b))
    assert browser.execute_script("return window.asked.filter((line) => line === 'POST /sessions')") == []
    # A press on what has just come into sight waits until it has been there for a while.
    browser.switch_to.default_content()
    shown_at = browser.execute_script("Object.assign(window.cut, { blockSize: '', overflow: '' }); return Date.now()")
    into_frame(browser)
    browser.execute_script(NOTE_CALL)
    click(browser, "#start")
    wait(browser, lambda b: state(b) == "You are talking.")
    assert browser.execute_script("return window.calledAt") - shown_at >= 800


# Answers the start of a talk in place of the server, once.
NO_CONSENT = """
const real = window.fetch;
window.fetch = (path, options = {}) => {
  if (path !== '/sessions' || options.method !== 'POST') return real(path, options);
  window.fetch = real;
  return Promise.resolve(new Response('{"code":"consent_required","version":"seven"}', {
    status: 403, headers: { 'Content-Type': 'application/problem+json' } }));
};
"""
OUTDATED = """
const real = window.fetch;
window.fetch = (path, options) => path !== '/auth/consent' ? real(path, options)
  : Promise.resolve(new Response('{"code":"consent_outdated","version":"eight"}', {
    status: 409, headers: { 'Content-Type': 'application/problem+json' } }));
"""
# The server's word that little time is left, behind which nothing is heard of it.
LOW = """
window.isSilent = 'ours';
window.links.at(-1).dispatchEvent(new MessageEvent('message', { data: JSON.stringify({
  type: 'low', remaining_ms: 14000, charged_ms: 586000, warning: 'low_15' }) }));
"""


def test_what_the_frame_says_and_what_it_leaves_to_our_own_pages(browser, public_url):
    with_minutes(browser, public_url)
    browser.get(SELLER)
    sign_in(browser)
    page = browser.current_window_handle
    browser.execute_script(NO_CONSENT)
    click(browser, "#start")
    wait(browser, lambda b: "asks for your consent, in a window of its own" in state(b))
    window_of_ours(browser, "#choices button")
    wait(browser, shown.visibility_of_element_located((By.ID, "consent")))
    assert "You talk with an AI" in text_of(browser, "#consent")
    assert "Version seven of this text" in text_of(browser, "#consent")
    assert text_of(browser, "#yes").startswith("I agree")
    # The server asks for another text meanwhile.
    browser.execute_script(OUTDATED)
    click(browser, "#yes")
    wait(browser, lambda b: len(b.window_handles) == 1)
    browser.switch_to.window(page)
    into_frame(browser)
    wait(browser, lambda b: "has changed meanwhile. Start once more" in state(b))
    # Whoever was signed in still is.
    click(browser, "#start")
    wait(browser, lambda b: state(b) == "You are talking.")
    click(browser, "#mute")
    wait(browser, lambda b: "You are muted" in state(b) and text_of(b, "#mute") == "Unmute")
    browser.execute_script(LOW)
    wait(browser, lambda b: text_of(b, "#low-words") == "Fifteen seconds left.")
    wait(browser, lambda b: "No connection" in state(b))
    # However much is said: hanging up is in sight.
    browser.set_window_size(320, 700)
    assert browser.execute_script("""
      const { bottom, height } = document.getElementById('hang-up').getBoundingClientRect();
      return height >= 44 && bottom <= innerHeight && document.documentElement.scrollWidth <= innerWidth;""")
    browser.execute_script("window.isSilent = false")
    wait(browser, lambda b: text_of(b, "#low-words") == "" and "The connection is back" in state(b))
    click(browser, "#hang-up")
    wait(browser, lambda b: "You hung up after" in state(b))
