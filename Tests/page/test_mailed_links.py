"""What the page does with mailed links: it asks first, and only the button uses the link."""
import re
import uuid

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from people import newcomer
from test_journey import click, mail_to, text_of, wait
from test_passkeys import call

PASSWORD = "a quiet mountain lake"


def sign(browser, tab, address, password):
    click(browser, f"#tab-{tab}")
    for name, value in (("email", address), ("password", password)):
        field = browser.find_element(By.CSS_SELECTOR, f"#entry-form [name={name}]")
        field.clear()
        field.send_keys(value)
    click(browser, "#entry-form [type=submit]")
    wait(browser, shown.visibility_of_element_located((By.ID, "clock")))


def test_a_forgotten_password(browser, public_url, sandbox):
    address = f"page-{uuid.uuid4().hex[:10]}@example.com"
    call("POST", "/auth/register", {"email": address, "password": PASSWORD})
    browser.get(public_url)
    click(browser, "#forgot")
    field = wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "#link-form [name=email]")))
    assert not browser.find_element(By.CSS_SELECTOR, "#link-form [name=password]").is_displayed()
    field.clear()
    field.send_keys(address)
    click(browser, "#link-form [type=submit]")
    wait(browser, lambda b: "on its way" in text_of(b, "#notices"))

    text = mail_to(sandbox, address, "choose a new password")["text"]
    browser.get(re.search(r"https?://\S+#reset=[\w.~-]+", text).group(0))
    field = wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "#link-form [name=password]")))
    field.send_keys("short")
    click(browser, "#link-form [type=submit]")
    wait(browser, lambda b: "at least 8" in text_of(b, "#link-error"))
    field.clear()
    field.send_keys("another mountain lake")
    click(browser, "#link-form [type=submit]")
    wait(browser, lambda b: "password is changed" in text_of(b, "#notices"))
    assert "#" not in browser.current_url
    sign(browser, "login", address, "another mountain lake")
    # The reset has proven the address.
    assert not browser.find_element(By.ID, "verify-banner").is_displayed()


def code_in(mail):
    return re.search(r"(?m)^\d{4} \d{4}$", mail["text"]).group(0)


def test_codes(browser, public_url, sandbox):
    address, _ = newcomer(browser, public_url)
    browser.get(public_url)
    code = code_in(mail_to(sandbox, address, "confirm"))
    field = wait(browser, shown.visibility_of_element_located((By.ID, "verify-code")))
    field.send_keys(code)
    click(browser, "#verify-banner [type=submit]")
    wait(browser, shown.invisibility_of_element_located((By.ID, "verify-banner")))

    click(browser, "#sign-out")
    click(browser, "#forgot")
    field = wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "#link-form [name=email]")))
    field.clear()
    field.send_keys(address)
    click(browser, "#link-form [type=submit]")
    field = wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "#link-form [name=code]")))
    browser.find_element(By.CSS_SELECTOR, "#link-form [name=password]").send_keys("another mountain lake")
    code = code_in(mail_to(sandbox, address, "choose a new password"))
    field.send_keys("0000 0000" if code != "0000 0000" else "0000 0001")
    click(browser, "#link-form [type=submit]")
    wait(browser, lambda b: "not right" in text_of(b, "#link-error"))
    browser.forget_log()
    field.clear()
    field.send_keys(code)
    click(browser, "#link-form [type=submit]")
    wait(browser, lambda b: "password is changed" in text_of(b, "#notices"))
    sign(browser, "login", address, "another mountain lake")


# Chromium tells that a dialog is closed with the next frame: the address may ask for the next dialog by then.
TELL_LATE = """
document.addEventListener('close', (event) => { if (event.isTrusted) event.stopImmediatePropagation(); }, true);
addEventListener('hashchange', () => document.getElementById('link').dispatchEvent(new Event('close')), true);
"""


@pytest.mark.parametrize("is_late", [False, True], ids=["", "late"])
def test_an_undoing_leads_to_a_reset_and_to_us(browser, public_url, sandbox, is_late):
    if is_late:
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": TELL_LATE})
    old, new = (f"page-{uuid.uuid4().hex[:10]}@example.com" for _ in range(2))
    token = call("POST", "/auth/register", {"email": old, "password": PASSWORD})["access_token"]
    call("POST", "/auth/email/verify", {"code": code_in(mail_to(sandbox, old, "confirm"))}, token)
    call("POST", "/auth/email/change", {"new_email": new, "password": PASSWORD}, token)
    call("POST", "/auth/email/verify", {"code": code_in(mail_to(sandbox, new, "new e-mail address"))}, token)
    text = mail_to(sandbox, old, "another e-mail address")["text"]
    browser.get(re.search(r"https?://\S+#undo=[\w.~-]+", text).group(0))
    wait(browser, lambda b: "old address" in text_of(b, "#link-text"))
    click(browser, "#link-form [type=submit]")
    wait(browser, lambda b: "ask us" in text_of(b, "#notices"))
    # A disabled account is mailed no reset, and nothing else would tell its owner.
    field = wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "#link-form [name=email]")))
    field.clear()
    field.send_keys(old)
    click(browser, "#link-form [type=submit]")
    wait(browser, lambda b: "the account may be disabled" in text_of(b, "#link-text"))
    mail_to(sandbox, old, "choose a new password")


def test_a_link_to_a_plan_asks_for_the_sign_in(browser, public_url):
    address = f"page-{uuid.uuid4().hex[:10]}@example.com"
    call("POST", "/auth/register", {"email": address, "password": PASSWORD})
    browser.get(f"{public_url}/#plan={5:021}A")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    assert browser.find_element(By.ID, "tab-login").get_attribute("aria-selected") == "true"
    assert browser.title.startswith("Sign in")
    for name, value in (("email", address), ("password", PASSWORD)):
        browser.find_element(By.CSS_SELECTOR, f"#entry-form [name={name}]").send_keys(value)
    click(browser, "#entry-form [type=submit]")
    # Whose it is, is not told.
    wait(browser, lambda b: b.find_elements(By.ID, "plan-body") and "no such talk" in text_of(b, "#plan-body"))
    assert browser.current_url == f"{public_url}/talk"
    browser.forget_log()


def test_another_accounts_address_is_not_told_as_ones_own(browser, public_url, sandbox):
    other = f"page-{uuid.uuid4().hex[:10]}@example.com"
    call("POST", "/auth/register", {"email": other, "password": PASSWORD})
    link = re.search(r"https?://\S+#verify=[\w.~-]+", mail_to(sandbox, other, "confirm|verif")["text"]).group(0)
    newcomer(browser, public_url)
    browser.get(link)
    click(browser, "#link-form [type=submit]")
    wait(browser, lambda b: "The address that got the mail is confirmed." in text_of(b, "#notices"))
    me = browser.execute_async_script("import('/both/api.js').then(({ get }) => get('/auth/me')).then(arguments[0])")
    assert me["email_verified"] is False
    assert browser.find_element(By.ID, "verify-banner").is_displayed()
