"""The page's messages about a payment that credits nothing."""
import pytest

from test_buying import sign_up
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
    sign_up(browser, public_url)
    browser.execute_script(ANSWER, status)
    click(browser, "[data-pack]")
    pay(browser)
    wait(browser, lambda b: words in text_of(b, "body"))
    assert browser.execute_script("return window.questions") == 1
    assert "Your minutes are here" not in text_of(browser, "body")
