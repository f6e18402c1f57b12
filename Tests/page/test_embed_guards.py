"""A talk in a page of another site: what that page, its messages and what it lays over the frame cannot do."""
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from embedding import (  # noqa: F401
    SELLER, browser, chromium, into_frame, looks, pages, sign_in, state, window_of_ours)
from people import PASSWORD
from talking import with_minutes
from test_console import code, operator, type_into
from test_journey import click, text_of, wait

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
