"""Buying: one order a click, and an order that is followed until it is decided."""
import json
import os
import urllib.parse
import urllib.request
import uuid

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from test_journey import click, pay, text_of, wait

# Holds the answers to orders back until the test lets them go, and counts the orders.
HOLD_ORDERS = """
window.orders = 0;
const plain = window.fetch;
const held = new Promise((resolve) => { window.letOrdersGo = resolve; });
window.fetch = async (path, options = {}) => {
  if (path !== '/billing/orders') return plain(path, options);
  window.orders += 1;
  const answer = await plain(path, options);
  await held;
  return answer;
};
"""


def control(method, path, body=None):
    """Calls a control of the sandbox that changes something."""
    request = urllib.request.Request(
        os.environ["SANDBOX_URL"] + "/control" + path, method=method,
        data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def sign_up(browser, public_url):
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.find_element(By.NAME, "email").send_keys(f"page-{uuid.uuid4().hex[:10]}@example.com")
    browser.find_element(By.NAME, "password").send_keys("a quiet mountain lake")
    click(browser, "#entry-form [type=submit]")
    wait(browser, lambda b: text_of(b, "#clock") == "0:00")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-pack]")))


def frames(browser):
    return browser.find_elements(By.CSS_SELECTOR, "iframe")


def open_checkout(browser, selector="[data-pack]"):
    """Opens the checkout; the id of its order at Razorpay."""
    click(browser, selector)
    frame = wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "iframe")))
    query = urllib.parse.urlsplit(frame.get_attribute("src")).query
    return urllib.parse.parse_qs(query)["order_id"][0]


def in_checkout(browser, selector):
    browser.switch_to.frame(wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "iframe"))))
    click(browser, selector)
    browser.switch_to.default_content()


def dismiss(browser):
    in_checkout(browser, "[data-outcome=dismissed]")
    wait(browser, lambda b: not frames(b))


def are_disabled(browser):
    return browser.execute_script("return [...document.querySelectorAll('[data-pack]')].every((pack) => pack.disabled)")


def test_one_order_a_click(browser, public_url):
    sign_up(browser, public_url)
    browser.execute_script(HOLD_ORDERS)
    click(browser, "[data-pack]")
    wait(browser, lambda b: "Making your order" in text_of(b, "[data-pack]"))
    assert are_disabled(browser)
    # Whatever else is pressed on a slow line makes no other order.
    browser.execute_script("document.querySelectorAll('[data-pack]').forEach((pack) => pack.click())")
    wait(browser, lambda b: b.execute_script("return window.orders") == 1)
    browser.execute_script("window.letOrdersGo()")
    wait(browser, frames)
    assert are_disabled(browser)
    assert "payment page is open" in browser.find_element(By.CSS_SELECTOR, "[data-pack]").get_attribute("textContent")
    pay(browser)
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")
    wait(browser, lambda b: not are_disabled(b))
    assert browser.execute_script("return window.orders") == 1


def test_an_order_whose_answer_was_lost_is_not_made_twice(browser, public_url):
    sign_up(browser, public_url)
    browser.execute_script("""
      window.keys = [];
      const plain = window.fetch;
      window.fetch = async (path, options = {}) => {
        if (path !== '/billing/orders') return plain(path, options);
        window.keys.push(options.headers['Idempotency-Key']);
        const answer = await plain(path, options);
        if (window.keys.length === 1) throw new TypeError('Failed to fetch');
        return answer;
      };""")
    click(browser, "[data-pack]")
    wait(browser, lambda b: "Nothing was charged" in text_of(b, "#alerts"))
    open_checkout(browser)
    first, second = browser.execute_script("return window.keys")
    assert first == second
