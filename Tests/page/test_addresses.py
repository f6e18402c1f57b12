"""The addresses of the page's views: by links, by back and forward, by a reload, and wrong ones."""
import json
import urllib.error
import urllib.request

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from talking import begin, go, with_minutes
from test_buying import sign_up
from test_journey import click, text_of, wait
from test_narrow import SIDEWAYS, narrow

TITLES = {"talk": "Talk", "talks": "Your talks", "purchases": "Your purchases", "account": "Your account"}
# The view whose sections can be seen, the heading that has the focus, and the link that is marked.
SEEN = """
const seen = [...document.querySelectorAll('#main [data-view]')].filter((node) => node.checkVisibility());
return [
  [...new Set(seen.map((node) => node.dataset.view))], location.pathname, document.title,
  document.activeElement.matches('h1, h2') && document.activeElement.checkVisibility()
    ? document.activeElement.closest('[data-view]')?.dataset.view : document.activeElement.tagName,
  [...document.querySelectorAll('#views [aria-current=page]')].map((link) => link.getAttribute('href')),
];
"""


def is_at(browser, view):
    wait(browser, lambda b: b.execute_script(SEEN)[1] == f"/{view}")
    assert browser.execute_script(SEEN) == [[view], f"/{view}", f"{TITLES[view]} – Talktime", view, [f"/{view}"]]


def test_each_view_has_an_address(browser, public_url):
    sign_up(browser, public_url)
    for view in ("talks", "purchases", "account", "talk"):
        go(browser, view)
        is_at(browser, view)
    # The link to the content stays in the view.
    browser.execute_script("document.querySelector('.skip').click()")
    assert browser.execute_script("return [document.activeElement.id, location.pathname]") == ["main", "/talk"]
    # Back and forward, each with the place that was read.
    go(browser, "account")
    narrow(browser, 390)
    browser.execute_script("scrollTo(0, 150)")
    wait(browser, lambda b: b.execute_script("return scrollY") == 150)
    # A driver's click scrolls to the link before.
    browser.execute_script("document.querySelector('#views [href=\"/talks\"]').click()")
    is_at(browser, "talks")
    assert browser.execute_script("return scrollY") == 0
    browser.back()
    is_at(browser, "account")
    wait(browser, lambda b: b.execute_script("return scrollY") == 150)
    browser.forward()
    is_at(browser, "talks")
    # A view is as wide as the window.
    for width in (390, 320):
        narrow(browser, width)
        for view in TITLES:
            go(browser, view)
            assert browser.execute_script(SIDEWAYS) <= 0, (width, view)

    # A reload stays there.
    go(browser, "account")
    browser.refresh()
    wait(browser, shown.visibility_of_element_located((By.ID, "security-card")))
    assert browser.execute_script(SEEN)[:3] == [["account"], "/account", "Your account – Talktime"]
    click(browser, "#sign-out")
    wait(browser, shown.visibility_of_element_located((By.ID, "pitch-title")))
    assert browser.execute_script("return [location.pathname, document.activeElement.id]") == ["/", "pitch-title"]


def test_who_is_not_signed_in_comes_to_the_view_after_the_sign_in(browser, public_url):
    address = with_minutes(browser, public_url)
    click(browser, "#sign-out")
    wait(browser, shown.visibility_of_element_located((By.ID, "pitch-title")))
    click(browser, "#visitor [href='/sign-in']")
    assert browser.title == "Sign in – Talktime"
    # The tab of the other form has its address.
    click(browser, "#tab-register")
    assert browser.execute_script("return [location.pathname, document.title]") == ["/sign-up", "Sign up – Talktime"]
    browser.back()
    wait(browser, shown.visibility_of_element_located((By.ID, "pitch-title")))

    click(browser, "#forgot")
    wait(browser, shown.visibility_of_element_located((By.ID, "link-form")))
    assert browser.execute_script("return [location.pathname, document.title]") == [
        "/forgot", "Forgot your password? – Talktime"]
    browser.back()
    wait(browser, shown.invisibility_of_element_located((By.ID, "link-form")))
    browser.forward()
    wait(browser, shown.visibility_of_element_located((By.ID, "link-form")))
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    wait(browser, lambda b: b.execute_script("return location.pathname") == "/sign-in")

    browser.get(public_url + "/Account")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    assert browser.find_element(By.ID, "tab-login").get_attribute("aria-selected") == "true"
    assert not browser.find_element(By.ID, "pitch-title").is_displayed()
    browser.find_element(By.CSS_SELECTOR, "#entry-form [name=email]").send_keys(address)
    browser.find_element(By.CSS_SELECTOR, "#entry-form [name=password]").send_keys("a quiet mountain lake\n")
    wait(browser, shown.visibility_of_element_located((By.ID, "security-card")))
    assert browser.execute_script(SEEN)[0::2] == [["account"], "Your account – Talktime", ["/account"]]


def test_a_talk_goes_on_in_other_views(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    bar = browser.find_element(By.ID, "talk-bar")
    assert not bar.is_displayed()
    go(browser, "purchases")
    wait(browser, shown.visibility_of(bar))
    assert "You are talking." in bar.text
    before = text_of(browser, "#bar-clock")
    wait(browser, lambda b: text_of(b, "#bar-clock") != before)
    narrow(browser, 320)
    assert browser.execute_script(SIDEWAYS) <= 0
    click(browser, "#bar-back")
    wait(browser, shown.visibility_of_element_located((By.ID, "hang-up")))
    assert not bar.is_displayed() and browser.execute_script("return window.agents.length") == 1
    go(browser, "talks")
    click(browser, "#bar-hang-up")
    # What one does not see any more is told.
    wait(browser, lambda b: "You hung up after" in text_of(b, "#notices"))
    assert not bar.is_displayed()
    go(browser, "talk")
    assert "You hung up after" in text_of(browser, "#talk-state")


def test_without_minutes_the_packs_come_first(browser, public_url):
    sign_up(browser, public_url)
    first = "return document.querySelector('.columns section').getAttribute('aria-labelledby')"
    wait(browser, lambda b: b.execute_script(first) == "packs-title")
    assert not browser.find_element(By.ID, "start").is_displayed()
    packs, talk = (browser.find_element(By.ID, name).rect for name in ("packs-title", "talk-title"))
    assert (packs["y"], packs["x"]) < (talk["y"] + 1, talk["x"])


def asked(address, accept=None):
    """The status, type and text of an answer."""
    request = urllib.request.Request(address, headers={"Accept": accept} if accept else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers["Content-Type"], refusal.read().decode()


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_wrong_address_is_told_to_a_person(browser, public_url):
    browser.get(public_url + "/nowhere/at-all")
    assert browser.title == "Page not found – Talktime" and "no such page" in text_of(browser, "h1")
    click(browser, ".ways-on a")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.forget_log()
    for path in ("/nowhere", "/talk/now", "/page/nothing.js", "/page/", "/metrics"):
        status, kind, text = asked(public_url + path, BROWSER)
        assert (status, kind) == (404, "text/html; charset=utf-8") and "no such page" in text, path
        for accept in (None, "application/json", "*/*"):
            status, kind, text = asked(public_url + path, accept)
            assert (status, kind) == (404, "application/problem+json"), (path, accept)
            assert json.loads(text)["code"] == "not_found"


@pytest.mark.parametrize("path", ["/auth/me", "/billing/balance", "/sessions", "/tasks", "/auth/nothing"])
def test_no_view_shadows_a_service(public_url, path):
    status, kind, _ = asked(public_url + path, BROWSER)
    assert status in (401, 404) and kind == "application/problem+json"


def test_every_view_is_served(public_url):
    for path in ("/", "/sign-in", "/sign-up", "/forgot", "/talk", "/talks", "/purchases", "/account"):
        status, kind, text = asked(public_url + path)
        assert (status, kind) == (200, "text/html; charset=utf-8") and 'id="entry-form"' in text, path
