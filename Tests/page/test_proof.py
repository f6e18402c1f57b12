"""The dialog in which the page asks once more who somebody is, by each way that the account has."""
import json
import re
import uuid

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from people import newcomer
from test_google import STUB, credential
from test_journey import click, go, mail_to, text_of, wait
from test_passkeys import add, at_home, authenticator, call, touch  # noqa: F401
from test_second_factor import PASSWORD, enrolled
from test_security import NOTE_PROOFS, age_sign_in, type_into

SUBMIT = ".proof [type=submit]"


def script(page, source):
    page.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})


def sign_up(page, public_url):
    address, _ = newcomer(page, public_url)
    page.get(public_url)
    go(page, "account")
    return address


def sign_in(page, address):
    wait(page, shown.visibility_of_element_located((By.ID, "entry-form")))
    click(page, "#tab-login")
    for name, text in (("email", address), ("password", PASSWORD)):
        page.find_element(By.CSS_SELECTOR, f"#entry-form [name={name}]").send_keys(text)
    click(page, "#entry-form [type=submit]")


def offers(page):
    return [button.text for button in page.find_elements(By.CSS_SELECTOR, ".proof .ways button")]


def take(page, offer):
    wait(page, lambda b: offer in offers(b))
    next(button for button in page.find_elements(By.CSS_SELECTOR, ".proof .ways button") if button.text == offer).click()


def proofs(page):
    return [json.loads(body) for body in page.execute_script("return window.proofs")]


def is_gone(page):
    wait(page, lambda b: not b.find_elements(By.CSS_SELECTOR, ".proof"))


def test_a_passkey(browser, public_url, authenticator, shots):  # noqa: F811
    script(browser, NOTE_PROOFS)
    address = sign_up(browser, public_url)
    add(browser, authenticator)
    age_sign_in(browser, address)
    click(browser, "#add-app")
    take(browser, "Use a passkey")
    # The act is repeated by itself.
    wait(browser, shown.visibility_of_element_located((By.ID, "app-setup")))
    is_gone(browser)
    assert [list(proof) for proof in proofs(browser)] == [["passkey"]]
    browser.forget_log()


def test_another_way_is_taken_while_the_browser_waits_for_a_passkey(browser, public_url, authenticator):  # noqa: F811
    script(browser, NOTE_PROOFS)
    address = sign_up(browser, public_url)
    add(browser, authenticator)
    age_sign_in(browser, address)
    click(browser, "#add-app")
    touch(browser, authenticator, False)
    take(browser, "Use a passkey")
    take(browser, "Use your password")
    type_into(browser, ".proof [name=proof]", PASSWORD)
    click(browser, SUBMIT)
    wait(browser, shown.visibility_of_element_located((By.ID, "app-setup")))
    assert [list(proof) for proof in proofs(browser)] == [["password"]]
    browser.forget_log()


def test_a_mailed_code(browser, public_url, sandbox, shots):
    script(browser, NOTE_PROOFS)
    address = sign_up(browser, public_url)
    age_sign_in(browser, address)
    click(browser, "#add-app")
    browser.save_screenshot(str(shots / "proof.png"))
    take(browser, "Mail me a code")
    field = wait(browser, shown.element_to_be_clickable((By.CSS_SELECTOR, ".proof [name=proof]")))
    wait(browser, lambda b: "on its way" in text_of(b, ".proof"))
    mailed = re.search(r"(?m)^\d{4} \d{4}$", mail_to(sandbox, address, "your code")["text"]).group(0)
    field.send_keys("0000 0000" if mailed != "0000 0000" else "0000 0001")
    click(browser, SUBMIT)
    wait(browser, lambda b: "not right" in text_of(b, ".proof .error"))
    type_into(browser, ".proof [name=proof]", mailed)
    click(browser, SUBMIT)
    wait(browser, shown.visibility_of_element_located((By.ID, "app-setup")))
    # A wrong code counts once.
    assert [list(proof) for proof in proofs(browser)] == [["code"], ["code"]]
    browser.forget_log()


def test_google(browser, public_url):
    script(browser, STUB)
    script(browser, NOTE_PROOFS)
    address = f"page-{uuid.uuid4().hex}@example.com"
    browser.get(public_url)
    wait(browser, lambda b: b.find_element(By.CSS_SELECTOR, "#google > button").is_displayed())

    def choose(email):
        wait(browser, lambda b: b.execute_script("return !!window.answer"))
        browser.execute_script(
            "const answer = window.answer; window.answer = null; answer(arguments[0])",
            credential(email, nonce=browser.execute_script("return window.nonces.at(-1)")))

    click(browser, "#google > button")
    choose(address)
    go(browser, "account")
    age_sign_in(browser, address)
    # The account has no password.
    click(browser, "#add-app")
    wait(browser, lambda b: offers(b) == ["Mail me a code"])
    click(browser, SUBMIT)
    choose(f"another-{address}")
    wait(browser, lambda b: "not the Google account" in text_of(b, ".proof .error"))
    click(browser, SUBMIT)
    choose(address)
    wait(browser, shown.visibility_of_element_located((By.ID, "app-setup")))
    assert [sorted(proof) for proof in proofs(browser)] == [["credential", "nonce"]] * 2
    browser.forget_log()


# Holds a deletion's answer back until the test lets it through.
SLOW_DELETION = """
const slow = window.fetch;
window.fetch = async (path, options = {}) => {
  const answer = await slow(path, options);
  if (path === '/auth/me' && options.method === 'DELETE') await new Promise((go) => { window.letThrough = go; });
  return answer;
};
"""


def test_a_proof_on_its_way_cannot_be_given_up(browser, public_url):
    sign_up(browser, public_url)
    at_home(browser)
    browser.execute_script(SLOW_DELETION)
    open_deletion(browser)
    type_into(browser, ".proof [name=proof]", PASSWORD)
    click(browser, SUBMIT)
    wait(browser, lambda b: b.execute_script("return !!window.letThrough"))
    assert not browser.find_element(By.CSS_SELECTOR, ".proof [data-part=close]").is_enabled()
    assert all(not button.is_enabled() for button in browser.find_elements(By.CSS_SELECTOR, ".proof .ways button"))
    # As Escape does.
    assert not browser.execute_script(
        "return document.querySelector('.proof').dispatchEvent(new Event('cancel', { cancelable: true }))")
    browser.execute_script("window.letThrough()")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.forget_log()


# Holds back what the dialog reads before it opens.
SLOW_WAYS = """
const slow = window.fetch;
window.held = 0;
window.fetch = async (path, options = {}) => {
  const answer = await slow(path, options);
  if (path === '/auth/me') {
    window.held += 1;
    await new Promise((go) => { window.letThrough = go; });
  }
  return answer;
};
"""


def test_no_dialog_opens_after_a_sign_out(browser, public_url):
    age_sign_in(browser, sign_up(browser, public_url))
    browser.execute_script(SLOW_WAYS)
    click(browser, "#add-app")
    wait(browser, lambda b: b.execute_script("return window.held") == 1)
    click(browser, "#sign-out")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.execute_async_script("window.letThrough(); setTimeout(arguments[0], 500)")
    assert browser.find_elements(By.CSS_SELECTOR, ".proof") == []
    browser.forget_log()


def test_a_second_factor_is_asked_for_alone(browser, public_url):
    address = f"page-{uuid.uuid4().hex[:10]}@example.com"
    recovery = enrolled(public_url, address)
    browser.get(public_url)
    sign_in(browser, address)
    type_into(browser, "#factor-form [name=code]", recovery[0])
    click(browser, "#factor-form [type=submit]")
    go(browser, "account")
    age_sign_in(browser, address)
    click(browser, "#remove-app")
    browser.switch_to.alert.accept()
    type_into(browser, ".proof [name=proof]", "0000-0000-0000-0000")
    assert offers(browser) == []
    click(browser, SUBMIT)
    wait(browser, lambda b: "not right" in text_of(b, ".proof .error"))
    type_into(browser, ".proof [name=proof]", recovery[1])
    click(browser, SUBMIT)
    wait(browser, lambda b: "is off" in text_of(b, "#app-state"))
    browser.forget_log()


def test_without_a_proof_nothing_is_done(browser, public_url):
    age_sign_in(browser, sign_up(browser, public_url))
    click(browser, "#add-app")
    click(browser, ".proof [data-part=close]")
    wait(browser, lambda b: "confirm that it is you" in text_of(b, "#alerts"))
    is_gone(browser)
    assert not browser.find_element(By.ID, "app-setup").is_displayed()
    browser.forget_log()


def open_deletion(page):
    click(page, "#delete-details summary")
    click(page, "#delete-form [type=submit]")


def test_an_account_is_deleted_by_a_passkey(browser, public_url, authenticator):  # noqa: F811
    sign_up(browser, public_url)
    add(browser, authenticator)
    open_deletion(browser)
    take(browser, "Use a passkey")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.forget_log()


def test_an_account_with_an_app_is_deleted_after_both_proofs(browser, public_url):
    address = f"page-{uuid.uuid4().hex[:10]}@example.com"
    recovery = enrolled(public_url, address)
    browser.get(public_url)
    sign_in(browser, address)
    type_into(browser, "#factor-form [name=code]", recovery[0])
    click(browser, "#factor-form [type=submit]")
    go(browser, "account")
    age_sign_in(browser, address)
    open_deletion(browser)
    type_into(browser, ".proof [name=proof]", PASSWORD)
    click(browser, SUBMIT)
    # The second dialog lies on the first, and the deletion is repeated by itself.
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, ".proof")) == 2)
    type_into(browser, ".proof:last-of-type [name=proof]", recovery[1])
    click(browser, ".proof:last-of-type [type=submit]")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.forget_log()


def test_password_address_and_devices(browser, public_url, sandbox):
    address = sign_up(browser, public_url)
    at_home(browser)
    other = call("POST", "/auth/login", {"email": address, "password": PASSWORD})["access_token"]
    click(browser, "#devices-details summary")
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, "#devices li")) == 2)
    click(browser, "#devices button")
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, "#devices li")) == 1)
    with pytest.raises(Exception, match="401"):
        call("GET", "/auth/me", token=other)

    click(browser, "#password-details summary")
    type_into(browser, "#password-form [name=current_password]", "a wrong password")
    type_into(browser, "#password-form [name=password]", "another mountain lake")
    click(browser, "#password-form [type=submit]")
    wait(browser, lambda b: "not right" in text_of(b, "#password-form .error"))
    type_into(browser, "#password-form [name=current_password]", PASSWORD)
    click(browser, "#password-form [type=submit]")
    wait(browser, lambda b: "password is changed" in text_of(b, "#notices"))

    new = f"page-{uuid.uuid4().hex}@example.com"
    click(browser, "#email-details summary")
    type_into(browser, "#email-form [name=new_email]", new)
    type_into(browser, "#email-form [name=password]", "another mountain lake")
    click(browser, "#email-form [type=submit]")
    wait(browser, lambda b: "new address" in text_of(b, "#notices"))
    assert "#verify=" in mail_to(sandbox, new, ".")["text"]
    assert call("POST", "/auth/login", {"email": address, "password": "another mountain lake"})["access_token"]
    browser.forget_log()
