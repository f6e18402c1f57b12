"""The form to sign up and in: its errors, and its tabs with the keyboard."""
import uuid

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from test_journey import click, text_of, wait
from test_passkeys import call

PASSWORD = "a quiet mountain lake"


def at_entry(browser, public_url):
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))


def fill(browser, address, password):
    for name, text in (("email", address), ("password", password)):
        field = browser.find_element(By.CSS_SELECTOR, f"#entry-form [name={name}]")
        field.clear()
        field.send_keys(text)
    click(browser, "#entry-form [type=submit]")


def test_an_error_is_marked_and_taken_back(browser, public_url):
    address = f"page-{uuid.uuid4().hex[:10]}@example.com"
    call("POST", "/auth/register", {"email": address, "password": PASSWORD})
    at_entry(browser, public_url)
    email = browser.find_element(By.CSS_SELECTOR, "#entry-form [name=email]")
    password = browser.find_element(By.CSS_SELECTOR, "#entry-form [name=password]")
    fill(browser, address, PASSWORD)
    wait(browser, lambda b: "Sign in instead" in text_of(b, "#entry-error"))
    assert email.get_attribute("aria-invalid") == "true"
    assert email.get_attribute("aria-describedby") == "entry-error"
    # Who does so does not read it any more.
    click(browser, "#tab-login")
    assert not browser.find_element(By.ID, "entry-error").is_displayed()
    assert email.get_attribute("aria-invalid") is None
    fill(browser, address, "another lake")
    wait(browser, lambda b: "do not belong together" in text_of(b, "#entry-error"))
    assert password.get_attribute("aria-invalid") == "true" and email.get_attribute("aria-invalid") is None
    password.send_keys("s")
    assert password.get_attribute("aria-invalid") is None
    fill(browser, address, PASSWORD)
    wait(browser, shown.presence_of_element_located((By.ID, "clock")))
    browser.forget_log()


def test_the_tabs_know_the_keyboard(browser, public_url):
    at_entry(browser, public_url)
    browser.execute_script("document.getElementById('tab-register').focus()")
    for key, chosen in ((Keys.END, "tab-login"), (Keys.END, "tab-login"), (Keys.HOME, "tab-register"),
                        (Keys.ARROW_RIGHT, "tab-login"), (Keys.ARROW_LEFT, "tab-register")):
        browser.switch_to.active_element.send_keys(key)
        tab = browser.switch_to.active_element
        assert tab.get_attribute("id") == chosen and tab.get_attribute("aria-selected") == "true"
        panel = browser.find_element(By.ID, tab.get_attribute("aria-controls"))
        assert panel.get_attribute("role") == "tabpanel" and panel.get_attribute("aria-labelledby") == chosen
