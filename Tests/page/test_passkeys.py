"""Passkeys on the page, with Chromium's virtual authenticator."""
import json
import os
import urllib.request

import pytest
from selenium.webdriver.common.by import By

from people import PASSWORD, newcomer
from test_journey import click, go, text_of, wait

# A browser that makes passkeys without asking. Chromium does so only for a password of its password manager, which no
# test can fill, so its authenticator is asked in the usual way; what the page asked for is noted.
SILENT = """
PublicKeyCredential.getClientCapabilities = async () => ({ conditionalCreate: true });
const create = CredentialsContainer.prototype.create;
CredentialsContainer.prototype.create = function ({ mediation, ...options }) {
  window.mediations = [...(window.mediations || []), mediation];
  window.verifications = [...(window.verifications || []), options.publicKey.authenticatorSelection.userVerification];
  return create.call(this, options);
};
"""

# Each list of passkeys arrives a second after the server has read it.
SLOW_LISTS = """
const ask = window.fetch;
window.slow = 0;
window.fetch = async (path, options = {}) => {
  const answer = await ask(path, options);
  if (path !== '/auth/passkeys' || (options.method || 'GET') !== 'GET') return answer;
  window.slow += 1;
  await new Promise((done) => setTimeout(done, 1000));
  window.slow -= 1;
  return answer;
};
"""


@pytest.fixture
def authenticator(browser):
    """A device's own authenticator, whose user is there and verified at once."""
    browser.execute_cdp_cmd("WebAuthn.enable", {})
    return browser.execute_cdp_cmd("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
        "defaultBackupEligibility": True, "defaultBackupState": True}})["authenticatorId"]


def credentials(page, authenticator):
    return page.execute_cdp_cmd("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]


def touch(page, authenticator, is_there):
    page.execute_cdp_cmd("WebAuthn.setAutomaticPresenceSimulation", {
        "authenticatorId": authenticator, "enabled": is_there})


def sign_up(page, public_url):
    address, _ = newcomer(page, public_url)
    page.get(public_url)
    at_home(page)
    return address


def fill_in(page, address):
    for name, text in (("email", address), ("password", PASSWORD)):
        page.find_element(By.CSS_SELECTOR, f"#entry-form [name={name}]").send_keys(text)
    click(page, "#entry-form [type=submit]")
    at_home(page)


def at_home(page):
    wait(page, lambda b: b.find_elements(By.ID, "clock"))


def at_entry(page):
    wait(page, lambda b: b.find_elements(By.ID, "entry-form"))


def call(method, path, body=None, token=None):
    """A request of another device."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(
        os.environ["PUBLIC_URL"] + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def passkeys(page):
    return page.find_elements(By.CSS_SELECTOR, "#passkeys li")


def add(page, authenticator):
    go(page, "account")
    click(page, "#add-passkey")
    wait(page, lambda b: len(passkeys(b)) == 1)
    assert len(credentials(page, authenticator)) == 1


def test_a_passkey_is_added_signs_in_and_is_removed(browser, public_url, authenticator, shots):
    sign_up(browser, public_url)
    add(browser, authenticator)
    assert "never used" in text_of(browser, "#passkeys li")
    # A second one of the same device is not made.
    click(browser, "#add-passkey")
    wait(browser, lambda b: "already" in text_of(b, "#notices"))
    # Nobody touches the authenticator while the entry waits for a choice.
    touch(browser, authenticator, False)
    click(browser, "#sign-out")
    at_entry(browser)
    field = browser.find_element(By.CSS_SELECTOR, "#entry-form [name=email]")
    assert field.get_attribute("autocomplete") == "username webauthn"
    browser.save_screenshot(str(shots / "passkey-entry.png"))
    touch(browser, authenticator, True)
    if not browser.find_elements(By.ID, "clock"):
        click(browser, "#passkey > button")
    at_home(browser)
    go(browser, "account")
    wait(browser, lambda b: passkeys(b) and "last used" in text_of(b, "#passkeys li"))
    browser.save_screenshot(str(shots / "passkey-home.png"))
    click(browser, "#passkeys button")
    wait(browser, lambda b: not passkeys(b))
    # The browser was told, and has forgotten it, too.
    wait(browser, lambda b: not credentials(b, authenticator))


def test_a_passkey_that_was_removed_elsewhere_is_forgotten(browser, public_url, authenticator):
    address = sign_up(browser, public_url)
    add(browser, authenticator)
    touch(browser, authenticator, False)
    click(browser, "#sign-out")
    at_entry(browser)
    token = call("POST", "/auth/login", {"email": address, "password": PASSWORD})["access_token"]
    for passkey in call("GET", "/auth/passkeys", token=token)["items"]:
        call("DELETE", f"/auth/passkeys/{passkey['id']}", token=token)
    touch(browser, authenticator, True)
    click(browser, "#passkey > button")
    wait(browser, lambda b: "does not sign in here" in text_of(b, "#entry-error"))
    wait(browser, lambda b: not credentials(b, authenticator))


def test_a_passkey_is_made_silently_after_a_sign_in_by_password(browser, public_url, authenticator):
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": SILENT})
    address = sign_up(browser, public_url)
    click(browser, "#sign-out")
    at_entry(browser)
    click(browser, "#tab-login")
    fill_in(browser, address)
    wait(browser, lambda b: len(passkeys(b)) == 1)
    assert browser.execute_script("return [window.mediations, window.verifications]") == [
        ["conditional"], ["preferred"]]
    assert len(credentials(browser, authenticator)) == 1


def test_a_list_from_before_a_new_passkey_does_not_make_the_browser_forget_it(browser, public_url, authenticator):
    for script in (SILENT, SLOW_LISTS):
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    address = sign_up(browser, public_url)
    click(browser, "#sign-out")
    at_entry(browser)
    click(browser, "#tab-login")
    fill_in(browser, address)
    wait(browser, lambda b: len(passkeys(b)) == 1 and b.execute_script("return window.slow") == 0)
    assert len(credentials(browser, authenticator)) == 1
