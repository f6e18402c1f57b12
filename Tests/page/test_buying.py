"""Buying: one order a click, and an order that is followed until it is decided."""
import json
import os
import urllib.parse
import urllib.request

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from people import at_home, newcomer
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
    newcomer(browser, public_url)
    at_home(browser, public_url, "0:00")


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


# Answers the page's questions about a payment in the server's place while `window.away` is set, and notes their times.
AWAY = """
window.away = arguments[0];
window.asked = [];
const plain = window.fetch;
window.fetch = (path, options = {}) => {
  if (path !== '/billing/payments/verify') return plain(path, options);
  window.asked.push(performance.now());
  if (!window.away) return plain(path, options);
  if (window.away === 'offline') return Promise.reject(new TypeError('Failed to fetch'));
  return Promise.resolve(new Response(JSON.stringify(window.away.body), {
    status: window.away.status, headers: { 'Content-Type': 'application/json', 'Retry-After': '3' } }));
};
"""


@pytest.mark.parametrize("away, words", [
    ("offline", "There is no connection just now"),
    ({"status": 503, "body": {"code": "billing_unavailable"}}, "cannot answer just now"),
    ({"status": 429, "body": {"code": "rate_limited"}}, "cannot answer just now"),
    ({"status": 202, "body": {"status": "pending"}}, "appear here by themselves"),
])
def test_a_payment_without_an_answer_is_followed(browser, public_url, away, words):
    sign_up(browser, public_url)
    browser.execute_script(AWAY, away)
    open_checkout(browser)
    pay(browser)
    wait(browser, lambda b: "Your payment is being confirmed" in text_of(b, "#payment-text")
         and words in text_of(b, "#payment-text"))
    assert are_disabled(browser)
    wait(browser, lambda b: b.execute_script("return window.asked.length") >= 2)
    asked = browser.execute_script("return window.asked")
    # The server's own time counts, where it names one with a refusal.
    assert asked[1] - asked[0] >= (2_950 if away != "offline" and away["status"] != 202 else 1_400)
    assert "Nothing was charged" not in text_of(browser, "body")
    browser.execute_script("window.away = null")
    wait(browser, lambda b: "Your minutes are here" in text_of(b, "#notices"), 40)
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")
    assert not browser.find_element(By.ID, "payment").is_displayed()
    assert not are_disabled(browser)
    browser.forget_log()


def test_a_payment_is_not_followed_for_ever(browser, public_url):
    sign_up(browser, public_url)
    browser.execute_script(AWAY, {"status": 202, "body": {"status": "pending"}})
    open_checkout(browser)
    pay(browser)
    wait(browser, lambda b: b.execute_script("return window.asked.length") >= 1)
    browser.execute_script("const now = Date.now; Date.now = () => now() + 3600_000; dispatchEvent(new Event('online'))")
    wait(browser, lambda b: "Do not pay again" in text_of(b, "#payment-text"))
    assert not are_disabled(browser)
    browser.execute_script("window.away = null")
    click(browser, "#look-again")
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")


def test_an_order_that_is_paid_in_another_app(browser, public_url):
    sign_up(browser, public_url)
    order = open_checkout(browser)
    dismiss(browser)
    wait(browser, lambda b: "No payment has arrived yet" in text_of(b, "#payment-text"))
    assert are_disabled(browser)
    control("POST", f"/razorpay/orders/{order}/pay", {"outcome": "captured"})
    wait(browser, lambda b: "Your minutes are here" in text_of(b, "#notices"), 40)
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")
    assert not are_disabled(browser)


def test_an_open_order_is_found_after_a_reload(browser, public_url):
    sign_up(browser, public_url)
    order = open_checkout(browser)
    browser.refresh()
    wait(browser, lambda b: b.find_elements(By.ID, "payment-text")
         and "No payment has arrived yet" in text_of(b, "#payment-text"))
    # The same order is paid; no other is made.
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "[data-pack]") and are_disabled(b))
    assert open_checkout(browser, "#pay-order") == order
    dismiss(browser)
    control("POST", f"/razorpay/orders/{order}/pay", {"outcome": "captured"})
    wait(browser, lambda b: text_of(b, "#clock") == "10:00", 40)


# The first list of the orders cannot be read.
NO_FIRST_LIST = """
const listing = window.fetch;
let isFirst = true;
window.fetch = (path, options) => {
  if (!isFirst || !String(path).startsWith('/billing/transactions')) return listing(path, options);
  isFirst = false;
  return Promise.resolve(new Response('{}', { status: 503, headers: { 'Content-Type': 'application/json' } }));
};
"""


def test_an_open_order_is_found_when_its_list_is_tried_again(browser, public_url):
    sign_up(browser, public_url)
    open_checkout(browser)
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "{" + NO_FIRST_LIST + "}"})
    browser.refresh()
    wait(browser, lambda b: b.execute_script("return document.querySelector('#purchases .trouble button') !== null"))
    assert not browser.find_element(By.ID, "payment").is_displayed()
    browser.execute_script("document.querySelector('#purchases .trouble button').click()")
    wait(browser, lambda b: "No payment has arrived yet" in text_of(b, "#payment-text"))


NOTE_VERIFICATIONS = """
const ask = window.fetch;
window.verified = [];
window.fetch = (path, options = {}) => {
  if (path === '/billing/payments/verify') window.verified.push(options.body);
  return ask(path, options);
};
"""


def test_a_payment_is_followed_over_a_reload(browser, public_url):
    sign_up(browser, public_url)
    browser.execute_script(AWAY, "offline")
    open_checkout(browser)
    pay(browser)
    wait(browser, lambda b: "Your payment is being confirmed" in text_of(b, "#payment-text"))
    kept = browser.execute_script("return Object.values(JSON.parse(sessionStorage['talktime-payments']).payments)")
    assert set(kept[0]) == {"razorpay_order_id", "razorpay_payment_id", "razorpay_signature"}
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NOTE_VERIFICATIONS})
    browser.refresh()
    wait(browser, lambda b: b.execute_script("return (window.verified || []).length") >= 1)
    assert json.loads(browser.execute_script("return window.verified[0]")) == kept[0]
    wait(browser, lambda b: b.find_elements(By.ID, "clock") and text_of(b, "#clock") == "10:00")
    wait(browser, lambda b: not b.find_element(By.ID, "payment").is_displayed())
    wait(browser, lambda b: "razorpay_signature" not in b.execute_script("return sessionStorage['talktime-payments']"))
    browser.forget_log()


def test_another_pack_can_be_chosen(browser, public_url):
    sign_up(browser, public_url)
    first = open_checkout(browser)
    dismiss(browser)
    click(browser, "#other-pack")
    wait(browser, lambda b: not are_disabled(b))
    browser.refresh()
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "[data-pack]"))
    wait(browser, lambda b: b.execute_script(
        "return performance.getEntriesByType('resource').some((entry) => entry.name.includes('/billing/transactions'))"))
    assert open_checkout(browser) != first
    dismiss(browser)
    # The first one is still followed.
    control("POST", f"/razorpay/orders/{first}/pay", {"outcome": "captured"})
    wait(browser, lambda b: text_of(b, "#clock") == "10:00", 40)
    assert "No payment has arrived yet" in text_of(browser, "#payment-text")


def fail_with(browser, reason):
    """Razorpay's page says that an attempt failed."""
    browser.switch_to.frame(wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "iframe"))))
    wait(browser, shown.element_to_be_clickable((By.ID, "pay")))
    browser.execute_script(
        "parent.postMessage({ kind: 'failed', answer: { error: { reason: arguments[0] } } }, '*')", reason)
    browser.switch_to.default_content()


def test_a_payment_that_fails_is_told_with_what_may_help(browser, public_url):
    sign_up(browser, public_url)
    open_checkout(browser)
    for reason, words in (
        ("incorrect_otp", "code of your bank was not right"), ("insufficient_funds", "not enough money"),
        ("card_expired", "The card has expired"), ("a_new_reason", "did not say why"), ("toString", "did not say why"),
    ):
        fail_with(browser, reason)
        dismiss(browser)
        wait(browser, lambda b: words in text_of(b, "#payment-text"))  # noqa: B023
        assert "If money was taken" in text_of(browser, "#payment-text")
        open_checkout(browser, "#pay-order")
    # The bank's own refusal, and then a payment of the same order.
    in_checkout(browser, "#fail")
    in_checkout(browser, "#pay:enabled")
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")
    assert not browser.find_element(By.ID, "payment").is_displayed()


def test_a_page_that_is_seen_again_asks_at_once(browser, public_url):
    sign_up(browser, public_url)
    browser.execute_script(AWAY, {"status": 202, "body": {"status": "pending"}})
    open_checkout(browser)
    pay(browser)
    # The pauses have grown to some seconds by then.
    wait(browser, lambda b: b.execute_script("return window.asked.length") == 4, 30)
    wait(browser, lambda b: "Your payment is being confirmed" in text_of(b, "#payment-text"))
    seen = browser.execute_async_script("""
      const done = arguments[0];
      setTimeout(() => {
        document.dispatchEvent(new Event('visibilitychange'));
        done(performance.now());
      }, 100);""")
    wait(browser, lambda b: b.execute_script("return window.asked.length") >= 5)
    assert browser.execute_script("return window.asked[4]") - seen < 1_000
