"""The page's messages about a payment that credits nothing."""
import uuid

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from test_journey import click, pay, text_of, wait

# Responds to the page's requests about a payment instead of the service, and counts them.
ANSWER = """
window.questions = 0;
const plain = window.fetch;
const status = arguments[0];
window.fetch = (address, ...rest) => {
  if (!String(address).endsWith('/billing/payments/verify')) return plain(address, ...rest);
  window.questions += 1;
  return Promise.resolve(new Response(JSON.stringify({ status }), { headers: { 'Content-Type': 'application/json' } }));
};
"""


@pytest.mark.parametrize("status,words", [("refunded", "on its way back"), ("failed", "did not go through")])
def test_a_payment_that_brings_nothing(browser, public_url, status, words):
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.find_element(By.NAME, "name").send_keys("Asha")
    browser.find_element(By.NAME, "email").send_keys(f"page-{uuid.uuid4().hex[:10]}@example.com")
    browser.find_element(By.NAME, "password").send_keys("a quiet mountain lake")
    click(browser, "#entry-form [type=submit]")
    wait(browser, lambda b: text_of(b, "#clock") == "0:00")
    browser.execute_script(ANSWER, status)
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-pack]"))).click()
    pay(browser)
    wait(browser, lambda b: words in text_of(b, "body"))
    assert browser.execute_script("return window.questions") == 1
    assert "Your minutes are here" not in text_of(browser, "body")
