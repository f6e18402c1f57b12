"""Several tabs of one browser, which share the cookie of the refresh token."""
import json
import uuid

from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from people import newcomer
from test_journey import wait


def is_home(browser):
    return browser.find_element(By.TAG_NAME, "body").get_attribute("data-view") == "home"


def is_entry(browser):
    return browser.find_element(By.TAG_NAME, "body").get_attribute("data-view") == "entry"


def sign_up(browser, public_url):
    newcomer(browser, public_url)
    browser.get(public_url)
    wait(browser, is_home)


def answer_refreshes_with(browser, status, headers=()):
    """Answers the page's refreshes in place of the server; None lets them through again."""
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": f"""
      window.answerRefreshes = {json.dumps(status)};
      const real = window.fetch;
      window.refreshes = 0;
      window.fetch = (path, options) => {{
        if (path !== '/auth/refresh') return real(path, options);
        window.refreshes += 1;
        if (!window.answerRefreshes) return real(path, options);
        return Promise.resolve(new Response('{{}}', {{
          status: window.answerRefreshes,
          headers: {{'Content-Type': 'application/problem+json', 'Retry-After': '1'}} }}));
      }};"""})


def test_tabs_that_are_loaded_at_once_stay_signed_in(browser, public_url):
    sign_up(browser, public_url)
    browser.execute_script("for (let i = 0; i < 5; i += 1) window.open(arguments[0])", public_url)
    wait(browser, lambda b: len(b.window_handles) == 6)
    for handle in browser.window_handles:
        browser.switch_to.window(handle)
        wait(browser, is_home)
    # Each goes on, whoever refreshed last.
    for handle in browser.window_handles:
        browser.switch_to.window(handle)
        browser.refresh()
        wait(browser, is_home)
    statuses = browser.execute_async_script("""
      const done = arguments[0];
      import('/both/api.js').then((api) => Promise.all([...Array(5)].map(() => api.get('/auth/me'))))
        .then((users) => done(users.length), (error) => done(String(error)));""")
    assert statuses == 5


def test_a_server_that_cannot_answer_signs_nobody_out(browser, public_url):
    sign_up(browser, public_url)
    for status in (503, 429):
        answer_refreshes_with(browser, status)
        browser.refresh()
        wait(browser, shown.presence_of_element_located((By.ID, "waiting")))
        wait(browser, lambda b: b.execute_script("return window.refreshes") >= 2)
        assert not is_entry(browser)
        browser.execute_script("window.answerRefreshes = null")
        wait(browser, is_home)


def test_a_request_is_not_repeated_as_another_user(browser, public_url):
    sign_up(browser, public_url)
    # Another tab signs another user in: the browser has their cookie now.
    signed_in = browser.execute_async_script("""
      const done = arguments[1];
      fetch('/auth/register', {
        method: 'POST', credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', 'X-Session': 'cookie' }, body: arguments[0],
      }).then((answer) => done(answer.status));""", json.dumps(
        {"email": f"tabs-{uuid.uuid4().hex[:10]}@example.com", "password": "a quiet mountain lake"}))
    assert signed_in == 201
    # The token of this tab has run out. Nothing that it asked for is asked for with the other user's token.
    browser.execute_script("""
      const real = window.fetch;
      const asked = [];
      window.fetch = (path, options) => {
        if (path !== '/auth/totp') return real(path, options);
        asked.push(options.headers.Authorization);
        return Promise.resolve(new Response('{"code":"token_expired"}', {
          status: 401, headers: { 'Content-Type': 'application/problem+json' } }));
      };
      // The page is loaded again at once.
      const tell = (what) => { sessionStorage.told = JSON.stringify(what); };
      import('/both/api.js').then((api) => api.call('DELETE', '/auth/totp'))
        .then(() => tell(['answered']), (error) => tell([error.name, asked.length]));""")
    told = wait(browser, lambda b: b.execute_script("return sessionStorage.told"))
    assert json.loads(told) == ["AbortError", 1]
    wait(browser, is_home)


def test_signing_out_with_an_expired_token_signs_out(browser, public_url):
    sign_up(browser, public_url)
    # Whatever the access token is, the cookie counts.
    browser.execute_script("""
      const real = window.fetch;
      window.fetch = (path, options) => {
        if (path === '/auth/logout') options.headers.Authorization = 'Bearer expired';
        return real(path, options);
      };""")
    browser.find_element(By.ID, "sign-out").click()
    wait(browser, is_entry)
    browser.refresh()
    wait(browser, is_entry)


KEPT = ("talktime-payments", "talktime-invoice")


def are_kept(browser):
    return browser.execute_script("return [...arguments].every((name) => name in sessionStorage)", *KEPT)


def test_a_sign_out_that_fails_is_told(browser, public_url):
    sign_up(browser, public_url)
    browser.execute_script("""
      const real = window.fetch;
      window.fetch = (path, options) => path === '/auth/logout'
        ? Promise.resolve(new Response('{}', { status: 503, headers: { 'Content-Type': 'application/json' } }))
        : real(path, options);""")
    browser.execute_script("for (const name of arguments) sessionStorage[name] = '{}'", *KEPT)
    browser.find_element(By.ID, "sign-out").click()
    wait(browser, lambda b: "still signed in" in b.find_element(By.ID, "alerts").text)
    assert is_home(browser)
    # An order may be undecided: nothing is forgotten before the user is gone.
    assert are_kept(browser)
    browser.refresh()
    wait(browser, is_home)
    wait(browser, lambda b: b.find_element(By.ID, "sign-out").is_displayed())
    browser.find_element(By.ID, "sign-out").click()
    wait(browser, is_entry)
    assert not browser.execute_script("return [...arguments].some((name) => name in sessionStorage)", *KEPT)
