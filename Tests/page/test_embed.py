"""A talk in a page of another site: the example of docs/embedding.md, its looks, and pages that are not allowed."""
import urllib.error
import urllib.request

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from embedding import (  # noqa: F401
    SELLER, STRANGER, browser, chromium, into_frame, looks, pages, severe, sign_in, state, theme, window_of_ours)
from talking import elsewhere, sign_in_elsewhere, with_minutes
from test_journey import click, milliseconds, text_of, wait


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


def test_a_page_names_the_language(browser, public_url):
    browser.get(SELLER + "/hindi")
    into_frame(browser)
    assert browser.execute_script("return document.documentElement.lang") == "hi"
    assert text_of(browser, "#sign-in") == "बात करने के लिए साइन इन करें" and "पहले साइन इन करें" in state(browser)
    window_of_ours(browser)
    wait(browser, lambda b: text_of(b, "#title") == "Talktime में साइन इन करें")
    assert "seller.localhost" in text_of(browser, "#text")
    assert text_of(browser, "#password-form [type=submit]") == "साइन इन करें"
    # Nobody is signed in, which the window asks for.
    assert [line for line in severe(browser) if "/auth/refresh" not in line] == []


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
