"""Where the focus is after a talk and after a payment: never nowhere."""
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from people import customer
from test_buying import control, dismiss, open_checkout, sign_up
from test_care_plan import talk
from test_journey import click, text_of, wait

FOCUSED = "return document.activeElement.id || document.activeElement.tagName"


def test_the_focus_stays_beside_what_was_done(browser, public_url):
    sign_up(browser, public_url)
    order = open_checkout(browser)
    dismiss(browser)
    wait(browser, lambda b: b.execute_script(FOCUSED) == "payment")
    control("POST", f"/razorpay/orders/{order}/pay", {"outcome": "captured"})
    wait(browser, lambda b: text_of(b, "#clock") == "10:00", 40)
    wait(browser, lambda b: b.execute_script(FOCUSED) == "packs-title")

    talk(browser)
    hang_up = browser.find_element(By.ID, "hang-up")
    browser.execute_script("arguments[0].focus()", hang_up)
    hang_up.send_keys(Keys.ENTER)
    wait(browser, lambda b: "You hung up" in text_of(b, "#talk-state"))
    assert browser.execute_script(FOCUSED) == "talk-title"
    # A second Enter does not call again.
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert "You hung up" in text_of(browser, "#talk-state")


def test_a_talk_that_ends_takes_no_focus_from_elsewhere(browser, public_url):
    customer(browser, public_url)
    talk(browser)
    click(browser, "details.invoice summary")
    browser.find_element(By.ID, "invoice-name").send_keys("Asha")
    browser.execute_script("document.getElementById('hang-up').click()")
    wait(browser, lambda b: "You hung up" in text_of(b, "#talk-state"))
    assert browser.execute_script(FOCUSED) == "invoice-name"
