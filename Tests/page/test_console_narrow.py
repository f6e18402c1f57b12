"""What an operator does on a phone: a refund, a retry by filter, a replay. Nothing is cut off on the way."""
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.support.ui import Select

from test_console import User, act, enter, is_silent, operator, outcome, press, type_into
from test_console_acts import dead_letter, tasks_of, user_with_failed_task
from test_journey import click, text_of, wait
from test_narrow import SIDEWAYS, narrow

# What reaches out of the window, is cut by what is around it, or cannot be hit by a thumb. Cells without a value are out of sight.
AMISS = """
const { clientWidth: most } = document.documentElement;
const shown = [...document.querySelectorAll('button, input, select, h1, h2, td:not([data-missing]) > div, dialog, nav a')]
  .filter((node) => node.checkVisibility());
return shown.filter((node) => {
  const box = node.getBoundingClientRect();
  const isSmall = node.matches('button, select, nav a') && box.height < 24;
  return box.left < 0 || box.right > most || node.matches('td > div') && node.scrollWidth > node.clientWidth + 1 || isSmall;
}).map((node) => node.outerHTML.slice(0, 120));
"""

# Buttons that sort and whose text does not begin where they begin.
INDENTED = """
return [...document.querySelectorAll('.sorted thead .sort')].filter((node) => {
  const range = document.createRange();
  range.selectNodeContents(node);
  return Math.abs(range.getBoundingClientRect().left - node.closest('th').getBoundingClientRect().left) > 1;
}).map((node) => node.textContent);
"""


def fits(browser):
    assert browser.execute_script(SIDEWAYS) <= 0
    assert browser.execute_script(AMISS) == []


@pytest.fixture
def phone(browser):
    narrow(browser, 390)
    return browser


def asked(phone, words):
    wait(phone, lambda b: words in text_of(b, "dialog.act"))
    fits(phone)


def test_a_refund(phone, public_url):
    user = User(public_url)
    order = user.buy()
    enter(phone, operator(public_url, "finance"), f"#users?email={user.email}")
    wait(phone, shown.element_to_be_clickable((By.LINK_TEXT, user.email)))
    fits(phone)
    phone.find_element(By.LINK_TEXT, user.email).click()
    wait(phone, lambda b: text_of(b, "h1") == user.email and "10:00" in text_of(b, "#view"))
    fits(phone)
    phone.find_element(By.XPATH, "//label[starts-with(., 'Order')]//input").send_keys(order + Keys.ENTER)
    press(phone, "Refund…")
    asked(phone, order)
    act(phone, amount="49.50", reason="a complaint")
    outcome(phone, f"A refund of ₹49.50 is made. The order: {order}.")
    wait(phone, lambda b: "₹49.50" in text_of(b, "#view"))
    fits(phone)
    is_silent(phone)


def test_a_retry_by_filter(phone, public_url):
    user, failed = user_with_failed_task(phone, public_url)
    enter(phone, operator(public_url, "admin"), "#tasks")
    type_into(phone, "[name=error_code]", failed["error_code"])
    Select(phone.find_element(By.NAME, "state")).select_by_value("failed")
    press(phone, "Filter")
    wait(phone, lambda b: failed["id"][-8:] in text_of(b, "#view"))
    press(phone, "Preview")
    wait(phone, lambda b: failed["id"][-8:] in text_of(b, "#preview"))
    fits(phone)
    click(phone, "#preview .primary")
    asked(phone, "state failed")
    act(phone, reason="the fault is mended")
    outcome(phone, "Retry has begun. Tasks that it concerns: ")
    fits(phone)
    wait(phone, lambda b: all(task["state"] == "completed" for task in tasks_of(user)), 40)
    is_silent(phone)


def test_a_replay(phone, public_url):
    chief = operator(public_url, "admin")
    with dead_letter(phone):
        enter(phone, chief, "#events")
        row = "//tr[contains(., 'user.disabled')]"
        wait(phone, shown.presence_of_element_located((By.XPATH, row)))
        fits(phone)
        wait(phone, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-sort='Not delivered']")))
        assert phone.execute_script(INDENTED) == []
        letter = phone.find_element(By.XPATH, row).get_attribute("data-row")
        click(phone, f"[aria-label='Replay {letter}']")
        asked(phone, "Consumers do nothing twice")
        click(phone, "dialog.act [type=submit]")
        outcome(phone, f"The event of the letter {letter} is delivered again.")
        fits(phone)
    is_silent(phone)
