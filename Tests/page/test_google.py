"""Signing in with Google. The sandbox signs the credentials; a stub stands in for Google's script, whose window no test
can operate."""
import json
import os
import urllib.error
import urllib.request
import uuid

import pytest
from selenium.webdriver.common.by import By

from test_journey import click, text_of, wait

# Google's script: a button that gives the page a credential with the nonce that the page told.
STUB = """
(() => {
  const append = Element.prototype.append;
  Element.prototype.append = function (...nodes) {
    const script = nodes.find((node) => node.src === 'https://accounts.google.com/gsi/client');
    if (!script) return append.apply(this, nodes);
    let told;
    window.google = { accounts: { id: {
      initialize: (options) => { told = options; window.nonces = [...(window.nonces || []), options.nonce]; },
      renderButton: (place) => {
        const button = document.createElement('button');
        button.id = 'google-stub';
        button.onclick = () => { window.answer = (credential) => told.callback({ credential }); };
        append.call(place, button);
      },
    } } };
    setTimeout(script.onload);
  };
})();
"""


@pytest.fixture
def page(browser, public_url):
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": STUB})
    browser.get(public_url)
    wait(browser, lambda b: b.find_element(By.CSS_SELECTOR, "#google > button").is_displayed())
    return browser


def credential(email, **claims):
    request = urllib.request.Request(
        os.environ["SANDBOX_URL"] + "/control/google/token", method="POST",
        data=json.dumps({"email": email, **claims}).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["credential"]


def choose_google(page, email, nonce=None):
    """One click on the page's button, and the choice of a Google account in Google's window."""
    known = page.execute_script("window.answer = null; return (window.nonces || []).length")
    click(page, "#google > button")
    wait(page, lambda b: b.execute_script("return !!window.answer"))
    nonces = page.execute_script("return window.nonces")
    assert len(nonces) == known + 1
    page.execute_script("window.answer(arguments[0])", credential(email, nonce=nonce or nonces[-1]))
    return nonces


def address():
    return f"page-{uuid.uuid4().hex}@example.com"


def signed_in(page):
    wait(page, lambda b: b.find_elements(By.ID, "clock"))


def test_each_try_has_a_nonce_of_its_own(page):
    assert page.execute_script("return window.nonces") is None
    choose_google(page, address(), nonce="of another day")
    wait(page, lambda b: "once more" in text_of(b, "#entry-error"))
    nonces = choose_google(page, address())
    signed_in(page)
    assert len(set(nonces)) == 2


def register(email, password):
    """The id of a new account."""
    request = urllib.request.Request(
        os.environ["PUBLIC_URL"] + "/auth/register", method="POST",
        data=json.dumps({"email": email, "password": password}).encode(),
        headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["user"]["id"]


def google_status(email):
    """The user that a new Google credential of this address signs in, or the status of the refusal."""
    request = urllib.request.Request(
        os.environ["PUBLIC_URL"] + "/auth/google", method="POST",
        data=json.dumps({"credential": credential(email)}).encode(), headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["user"]["id"]
    except urllib.error.HTTPError as refusal:
        return refusal.code


def sign_in(page, email, password):
    page.find_element(By.NAME, "email").send_keys(email)
    page.find_element(By.NAME, "password").send_keys(password)
    click(page, "#entry-form [type=submit]")
    signed_in(page)


def test_google_is_linked_after_the_sign_in_with_the_password(page):
    email, password = address(), "a quiet mountain lake"
    user = register(email, password)
    choose_google(page, email)
    wait(page, lambda b: "Google is added" in text_of(b, "#entry-error"))
    sign_in(page, email, password)
    # The next sign-in needs no password.
    assert google_status(email) == user


def test_a_credential_is_not_linked_to_another_account_that_signs_in_next(page):
    owner, other, password = address(), address(), "a quiet mountain lake"
    register(owner, password)
    register(other, password)
    choose_google(page, owner)
    wait(page, lambda b: "Google is added" in text_of(b, "#entry-error"))
    sign_in(page, other, password)
    assert google_status(owner) == 409
