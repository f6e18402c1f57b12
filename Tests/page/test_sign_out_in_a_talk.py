"""A talk ends with the sign-in that it was begun with, in this window, in another one, or on another device."""
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from talking import (
    UNANSWERED, begin, charges_nothing, elsewhere, newest, press, sign_in_elsewhere, wait_for_beats, wait_told, with_minutes)
from test_journey import click, text_of, wait


def wait_for_the_entry(browser):
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    assert browser.execute_script("return window.agents.every(({ readyState }) => readyState >= 2)")
    thrown = [entry["message"] for entry in browser.get_log("browser") if "TypeError" in entry["message"]]
    assert thrown == []


def test_signing_out_in_another_tab_ends_the_talk(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    talking = browser.current_window_handle
    browser.execute_script("window.open(arguments[0])", public_url)
    wait(browser, lambda b: len(b.window_handles) == 2)
    browser.switch_to.window(next(handle for handle in browser.window_handles if handle != talking))
    click(browser, "#sign-out")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.switch_to.window(talking)
    wait(browser, lambda b: "You were signed out, so your talk has ended." in text_of(b, "#alerts"))
    wait_for_the_entry(browser)


def test_being_signed_out_by_another_device_ends_the_talk(browser, public_url):
    address = with_minutes(browser, public_url)
    begin(browser)
    wait_for_beats(browser, 1)
    elsewhere(public_url, "DELETE", "/auth/sessions", sign_in_elsewhere(public_url, address))
    wait(browser, lambda b: "You were signed out, so your talk has ended." in text_of(b, "#alerts"))
    wait_for_the_entry(browser)


def test_signing_out_ends_the_talk_first(browser, public_url):
    address = with_minutes(browser, public_url)
    begin(browser)
    talk = newest(browser)["id"]
    click(browser, "#sign-out")
    wait_for_the_entry(browser)
    token = sign_in_elsewhere(public_url, address)
    wait(browser, lambda b: elsewhere(public_url, "GET", f"/sessions/{talk}", token)["state"] == "ended")
    assert elsewhere(public_url, "GET", f"/sessions/{talk}", token)["end_reason"] == "user"


# The answer to the sign-out is held back until the test refuses it.
HOLD_SIGN_OUT = """
const plain = window.fetch;
window.fetch = (path, options) => (path !== '/auth/logout' ? plain(path, options) : new Promise((resolve) => {
  window.refuseSignOut = () =>
    resolve(new Response('{}', { status: 503, headers: { 'Content-Type': 'application/json' } }));
}));
"""


def test_no_call_begins_while_signing_out(browser, public_url):
    with_minutes(browser, public_url)
    browser.execute_script(HOLD_SIGN_OUT)
    click(browser, "#sign-out")
    wait(browser, lambda b: b.execute_script("return Boolean(window.refuseSignOut)"))
    press(browser, "start")
    assert browser.find_element(By.ID, "start").is_displayed()
    browser.execute_script("window.refuseSignOut()")
    wait(browser, lambda b: "still signed in" in text_of(b, "#alerts"))
    assert charges_nothing(browser)
    # Who stays can talk.
    begin(browser)


def test_signing_out_gives_up_the_call_that_is_set_up(browser, public_url):
    with_minutes(browser, public_url, UNANSWERED)
    browser.execute_script(HOLD_SIGN_OUT)
    press(browser, "start")
    wait_told(browser, "Waiting for the microphone")
    click(browser, "#sign-out")
    wait(browser, lambda b: b.execute_script("return Boolean(window.refuseSignOut)"))
    assert not browser.find_element(By.ID, "cancel").is_displayed()
    browser.execute_script("window.refuseSignOut()")
    wait_told(browser, "Ready when you are.")
    press(browser, "start")
    wait_told(browser, "Waiting for the microphone")
    assert charges_nothing(browser)
