"""A talk whose page is loaded again, left, or opened in a second window."""
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from talking import ask, begin, choose, newest, press, wait_for_beats, wait_told, with_minutes
from test_journey import milliseconds, text_of, wait


# The browser's own question before leaving cannot be answered by every driver.
NO_QUESTION = "addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)"


def asks_before_leaving(browser):
    return browser.execute_script("""
      const leaving = new Event('beforeunload', { cancelable: true });
      dispatchEvent(leaving);
      return leaving.defaultPrevented;""")


def test_a_reload_tells_of_the_talk_and_goes_on(browser, public_url):
    with_minutes(browser, public_url)
    assert not asks_before_leaving(browser)
    begin(browser)
    wait_for_beats(browser, 2)
    assert asks_before_leaving(browser)
    talk = newest(browser)["id"]
    browser.execute_script(NO_QUESTION)
    browser.refresh()
    wait_told(browser, "Your talk was cut off after 0:0")
    # It is not told as the user's own end, nor as a talk in another window.
    assert ask(browser, f"/sessions/{talk}")["end_reason"] == "agent_ended"
    assert browser.find_elements(By.CSS_SELECTOR, "#choices button") == []
    begin(browser)
    assert newest(browser)["id"] != talk
    press(browser, "hang-up")
    wait_told(browser, "You hung up")
    # It is told once.
    browser.refresh()
    wait_told(browser, "Ready when you are.")


def test_coming_back_from_another_page_tells_of_the_talk(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    wait_for_beats(browser, 2)
    browser.execute_script(NO_QUESTION)
    browser.get(public_url + "/docs")
    wait(browser, shown.presence_of_element_located((By.ID, "found")))
    browser.back()
    wait_told(browser, "Your talk was cut off after 0:0")
    wait(browser, shown.element_to_be_clickable((By.ID, "start")))
    begin(browser)


def test_another_window_follows_the_talk_and_takes_it_over(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    wait_for_beats(browser, 2)
    first = browser.current_window_handle
    browser.execute_script("window.open(arguments[0])", public_url)
    wait(browser, lambda b: len(b.window_handles) == 2)
    browser.switch_to.window(next(handle for handle in browser.window_handles if handle != first))
    wait_told(browser, "You are talking in another window.")
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) < 600_000)
    assert not browser.find_element(By.ID, "start").is_displayed()
    choose(browser, "Continue here")
    wait_told(browser, "You are talking.", 40)
    assert text_of(browser, "#alerts") == ""
    browser.switch_to.window(first)
    wait(browser, lambda b: "Continued elsewhere" in str(b.execute_script("return window.told")))


# A browser that blocks the data of sites.
BLOCKED = """
Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('blocked', 'SecurityError'); } });
"""


def test_a_talk_needs_no_store(browser, public_url):
    with_minutes(browser, public_url, BLOCKED)
    begin(browser)
    press(browser, "hang-up")
    wait_told(browser, "You hung up")


# Refuses two requests for a talk's events, and tells of its end at the third.
FOLLOW = """
const done = arguments[0];
const plain = window.fetch;
const answers = [
  new Response('{}', { status: 429, headers: { 'Retry-After': '1' } }), new Response('{}', { status: 401 }),
  new Response('event: ended\\ndata: {}\\n\\n')];
window.fetch = (path, options) =>
  (String(path).endsWith('/events') ? Promise.resolve(answers.shift()) : plain(path, options));
const told = [];
import('/page/elsewhere.js')
  .then(({ follow }) => follow('talk', new AbortController().signal, (name) => told.push(name)))
  .then(() => done([told, answers.length]), (error) => done(String(error)));
"""


def test_a_talk_is_followed_through_refusals_that_pass(browser, public_url):
    with_minutes(browser, public_url)
    assert browser.execute_async_script(FOLLOW) == [["ended"], 0]
