"""The buyer's details for an invoice: told beside their fields, and kept over a reload."""
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from test_buying import are_disabled, frames, sign_up
from test_journey import click, text_of, wait

GSTIN = "29AAGCB7383J1Z4"


def type_into(browser, name, text):
    field = wait(browser, shown.visibility_of_element_located((By.ID, f"invoice-{name}")))
    field.clear()
    field.send_keys(text)
    return field


def invoice(browser, public_url):
    sign_up(browser, public_url)
    click(browser, "details.invoice summary")


def test_a_wrong_gstin_is_told_beside_its_field(browser, public_url):
    invoice(browser, public_url)
    # Fifteen characters, of which the last one does not fit: only the server finds that out.
    for wrong in ("29AAGCB7383", GSTIN[:-1] + "5"):
        field = type_into(browser, "gstin", wrong)
        click(browser, "[data-pack]")
        wait(browser, lambda b: "no GSTIN" in text_of(b, "#invoice-gstin-error"))
        assert field.get_attribute("aria-invalid") == "true"
        assert field.get_attribute("aria-describedby") == "invoice-gstin-error"
        assert browser.switch_to.active_element == field
        wait(browser, lambda b: not are_disabled(b))
        assert browser.find_element(By.ID, "alerts").text == "" and not frames(browser)
        field.send_keys("Z")
        assert not browser.find_element(By.ID, "invoice-gstin-error").is_displayed()
        assert field.get_attribute("aria-invalid") is None
    browser.forget_log()


def test_a_gstin_in_groups_is_taken(browser, public_url):
    invoice(browser, public_url)
    browser.execute_script("""
      window.bodies = [];
      const plain = window.fetch;
      window.fetch = (path, options = {}) => {
        if (path === '/billing/orders') window.bodies.push(JSON.parse(options.body));
        return plain(path, options);
      };""")
    field = type_into(browser, "gstin", " 29 aagcb7383j 1z4 ")
    type_into(browser, "name", "Asha & Co")
    assert field.get_attribute("value") == GSTIN
    click(browser, "[data-pack]")
    wait(browser, frames)
    [body] = browser.execute_script("return window.bodies")
    assert body["gstin"] == GSTIN and body["name"] == "Asha & Co"


def test_what_was_typed_outlives_a_reload(browser, public_url):
    invoice(browser, public_url)
    type_into(browser, "gstin", GSTIN)
    type_into(browser, "address", "12 MG Road\nBengaluru")
    browser.refresh()
    field = wait(browser, shown.visibility_of_element_located((By.ID, "invoice-address")))
    assert field.get_attribute("value") == "12 MG Road\nBengaluru"
    assert browser.find_element(By.ID, "invoice-gstin").get_attribute("value") == GSTIN
    # Nobody else reads it on this device.
    click(browser, "#sign-out")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    assert browser.execute_script("return sessionStorage['talktime-invoice'] ?? null") is None


def test_a_missing_state_is_asked_for_beside_its_field(browser, public_url):
    sign_up(browser, public_url)
    # As a registered seller's server tells it.
    browser.execute_script("""
      import('/page/invoice.js').then(({ showBuyer }) => {
        showBuyer({ asks_for_state: true }, { id: 'somebody' });
        window.asks = true;
      });""")
    wait(browser, lambda b: b.execute_script("return window.asks === true"))
    click(browser, "[data-pack]")
    wait(browser, lambda b: "Choose your state" in text_of(b, "#invoice-state-error"))
    assert browser.switch_to.active_element.get_attribute("id") == "invoice-state"
    assert not frames(browser)
