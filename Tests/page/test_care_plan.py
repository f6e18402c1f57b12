"""The care plan of a talk that is over: it opens when it is asked for, and in its own dialog."""
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from test_buying import open_checkout, sign_up
from test_journey import click, milliseconds, pay, text_of, wait


def talk(browser):
    click(browser, "#start")
    wait(browser, lambda b: text_of(b, "#talk-state") == "You are talking.")
    browser.find_element(By.ID, "say-text").send_keys("I sleep badly.\n")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.user")))
    # Without a charge there is no plan.
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) <= 588_000, 30)


def open_dialogs(browser):
    return browser.find_elements(By.CSS_SELECTOR, "dialog[open]")


def test_a_plan_does_not_lie_over_the_checkout(browser, public_url):
    sign_up(browser, public_url)
    open_checkout(browser)
    pay(browser)
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")
    talk(browser)
    open_checkout(browser)
    # The talk ends behind the checkout, as it does when its minutes are used up.
    browser.execute_script("document.getElementById('hang-up').click()")
    wait(browser, lambda b: "You hung up" in b.find_element(By.ID, "talk-state").get_attribute("textContent"))
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-plan][data-state=ready]")), 60)
    assert "care plan is ready" in browser.find_element(By.ID, "notices").text
    assert open_dialogs(browser) == []
    browser.execute_script("document.querySelector('[data-plan]').click()")
    wait(browser, lambda b: "payment first" in text_of(b, "#notices"))
    assert open_dialogs(browser) == []
    pay(browser)
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) > 1_100_000)
    click(browser, "[data-plan]")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#plan-body h3"))


def test_the_checkout_closes_a_plan(browser, public_url):
    sign_up(browser, public_url)
    browser.execute_script("document.getElementById('plan').showModal()")
    browser.execute_script("document.querySelector('[data-pack]').click()")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "iframe")))
    assert open_dialogs(browser) == []
    pay(browser)
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")
