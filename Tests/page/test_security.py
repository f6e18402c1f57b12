"""The account on the page: authenticator app, recovery codes, trail, a fresh proof, and the end of the account."""
import os
import re
import subprocess
import urllib.parse

from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.support.ui import Select

from people import newcomer
from test_journey import click, go, text_of, wait
from test_passkeys import at_home
from test_second_factor import PASSWORD, code

# Notes each proof that the page sends.
NOTE_PROOFS = """
const ask = window.fetch;
window.proofs = [];
window.fetch = (path, options = {}) => {
  if (path === '/auth/reauth') window.proofs.push(options.body);
  return ask(path, options);
};
"""


def age_sign_in(browser, address):
    """Makes the account's sign-ins an hour older, as no test can wait for that. A token says when its device signed in,
    so the page gets one that is too old for what needs a proof when it is loaded again."""
    at_home(browser)
    store = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
    changed = subprocess.run(
        ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-v", f"address={address}", "-h", store.hostname, "-p", str(store.port),
         "-U", store.username, "-d", store.path.removeprefix("/")],
        # The password is in the environment, because every user of the machine can read a command's arguments.
        env={**os.environ, "PGPASSWORD": urllib.parse.unquote(store.password)}, text=True, check=True,
        stdout=subprocess.PIPE, input="""
            UPDATE devices SET authenticated_at = authenticated_at - interval '1 hour'
            WHERE user_id = (SELECT id FROM users WHERE email = :'address' AND deleted_at IS NULL);
            """).stdout
    assert re.fullmatch(r"UPDATE [1-9]\d*", changed.strip()), changed
    browser.refresh()
    at_home(browser)


def type_into(browser, selector, text):
    field = wait(browser, shown.element_to_be_clickable((By.CSS_SELECTOR, selector)))
    field.clear()
    field.send_keys(text)


def sign_up(browser, public_url):
    address, _ = newcomer(browser, public_url)
    browser.get(public_url)
    go(browser, "account")
    wait(browser, shown.visibility_of_element_located((By.ID, "security-card")))
    return address


def test_an_app_is_enrolled_after_a_proof(browser, public_url):
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NOTE_PROOFS})
    age_sign_in(browser, sign_up(browser, public_url))
    wait(browser, lambda b: "is off" in text_of(b, "#app-state"))
    click(browser, "#add-app")
    type_into(browser, ".proof [name=proof]", "a wrong password")
    click(browser, ".proof [type=submit]")
    wait(browser, lambda b: "not right" in text_of(b, ".proof .error"))
    type_into(browser, ".proof [name=proof]", PASSWORD)
    click(browser, ".proof [type=submit]")
    # The act is repeated by itself.
    wait(browser, shown.visibility_of_element_located((By.ID, "app-setup")))
    assert len(browser.execute_script("return window.proofs")) == 2
    secret = text_of(browser, "#app-secret").replace(" ", "")
    assert f"secret={secret}" in browser.find_element(By.ID, "app-link").get_attribute("href")
    wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "#app-picture svg")))
    type_into(browser, "#app-code", "000000" if code(secret) != "000000" else "000001")
    click(browser, "#app-form [type=submit]")
    wait(browser, lambda b: "not right" in text_of(b, "#app-error"))

    is_shown = lambda page, name: page.find_element(By.ID, name).is_displayed()  # noqa: E731
    # The step may end before the code arrives.
    for _ in range(3):
        type_into(browser, "#app-code", code(secret))
        click(browser, "#app-form [type=submit]")
        wait(browser, lambda b: is_shown(b, "recovery") or is_shown(b, "app-error"))
        if is_shown(browser, "recovery"):
            break
    codes = [item.text for item in browser.find_elements(By.CSS_SELECTOR, "#recovery-codes li")]
    assert len(set(codes)) == 10 and "is on" in text_of(browser, "#app-state")
    browser.execute_script("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    click(browser, "#copy-codes")
    wait(browser, lambda b: b.execute_script("return window.copied") == "\n".join(codes) + "\n")
    click(browser, "#codes-kept")
    assert not browser.find_elements(By.CSS_SELECTOR, "#recovery-codes li")
    assert browser.switch_to.active_element.get_attribute("id") == "security-title"
    click(browser, "#trail-details summary")
    wait(browser, lambda b: "Authenticator app added" in text_of(b, "#trail"))
    assert "Account created" in text_of(browser, "#trail")
    browser.forget_log()


def test_an_account_is_deleted(browser, public_url):
    sign_up(browser, public_url)
    click(browser, "#delete-details summary")
    click(browser, "#delete-form [type=submit]")
    type_into(browser, ".proof [name=proof]", "a wrong password")
    click(browser, ".proof [type=submit]")
    wait(browser, lambda b: "not right" in text_of(b, ".proof .error"))
    type_into(browser, ".proof [name=proof]", PASSWORD)
    click(browser, ".proof [type=submit]")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.forget_log()


def test_the_mail_about_a_care_plan_is_chosen(browser, public_url):
    sign_up(browser, public_url)
    field = wait(browser, shown.visibility_of_element_located((By.ID, "plan-mail")))
    assert field.get_attribute("value") in ("link", "full", "none")
    Select(field).select_by_value("none")
    wait(browser, lambda b: "next mail" in b.find_element(By.ID, "notices").text)
    browser.refresh()
    field = wait(browser, shown.visibility_of_element_located((By.ID, "plan-mail")))
    assert field.get_attribute("value") == "none"


def test_whole_plans_by_mail_need_a_proof(browser, public_url):
    address = sign_up(browser, public_url)

    def choose(kind):
        Select(wait(browser, shown.element_to_be_clickable((By.ID, "plan-mail")))).select_by_value(kind)

    choose("link")
    wait(browser, lambda b: "next mail" in b.find_element(By.ID, "notices").text)
    age_sign_in(browser, address)
    choose("full")
    click(browser, ".proof [data-part=close]")
    wait(browser, lambda b: "confirm that it is you" in text_of(b, "#alerts"))
    field = wait(browser, shown.element_to_be_clickable((By.ID, "plan-mail")))
    assert field.get_attribute("value") == "link"
    choose("full")
    type_into(browser, ".proof [name=proof]", PASSWORD)
    click(browser, ".proof [type=submit]")
    wait(browser, lambda b: "next mail" in b.find_element(By.ID, "notices").text)
    browser.refresh()
    field = wait(browser, shown.visibility_of_element_located((By.ID, "plan-mail")))
    assert field.get_attribute("value") == "full"
    browser.forget_log()
