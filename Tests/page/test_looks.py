"""What can be measured of the page's looks."""
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from test_buying import dismiss, open_checkout, sign_up
from test_care_plan import answers, open_dialogs, plan, show
from test_journey import click, go, text_of, wait
from test_narrow import narrow


def emulate(browser, media="", **features):
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "media": media, "features": [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]})


def style(node, name):
    return node.value_of_css_property(name)


def test_the_entry(browser, public_url):
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    # What is typed is not as heavy as its label.
    assert style(browser.find_element(By.NAME, "email"), "font-weight") == "400"
    chosen, other = (browser.find_element(By.ID, f"tab-{name}") for name in ("register", "login"))
    emulate(browser, forced_colors="active")
    wait(browser, lambda b: style(chosen, "outline-style") == "solid")
    assert style(other, "outline-style") == "none"


def test_the_home(browser, public_url):
    sign_up(browser, public_url)
    assert len(browser.find_elements(By.TAG_NAME, "h1")) == 1
    assert "\u20b919.90 a minute" in text_of(browser, "[data-pack]")
    # Only a registered seller's prices include the tax.
    notes = browser.execute_async_script("""
      const done = arguments[0];
      import('/page/shop.js').then(({ taxNote }) => done([
        taxNote([{ tax_rate: '18.00' }], true), taxNote([{ tax_rate: '18.00' }], false), taxNote([{ tax_rate: '0.00' }], true),
        taxNote([{ tax_rate: '18.00' }, { tax_rate: '5.00' }], true)]));""")
    assert notes == ["Prices include 18% GST.", "", "", "Prices include GST."]


# How far the text of one node begins from that of another, and how far one node is below another, in pixels.
ASIDE = """
const left = (selector) => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector(selector));
  return range.getBoundingClientRect().left;
};
return Math.abs(left(arguments[0]) - left(arguments[1]));
"""
BELOW = "const [upper, lower] = [...arguments].map((name) => document.querySelector(name).getBoundingClientRect()); return lower.top - upper.bottom"


def test_a_button_without_a_frame_stands_in_line_with_the_text(browser, public_url):
    sign_up(browser, public_url)
    narrow(browser, 390)
    # Only where there is something to do about it.
    banner = browser.find_element(By.ID, "verify-banner")
    narrow(browser, 320)
    assert browser.execute_script(BELOW, "#verify-code", "#resend") >= 0
    assert browser.execute_script(ASIDE, "#resend", "#verify-banner > span") < 2
    narrow(browser, 390)
    go(browser, "purchases")
    assert not banner.is_displayed()
    go(browser, "account")
    assert banner.is_displayed()
    wait(browser, shown.element_to_be_clickable((By.ID, "add-app")))
    click(browser, "#delete-details summary")
    click(browser, "#delete-form [type=submit]")
    wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, ".proof [name=proof]")))
    assert browser.execute_script(ASIDE, ".proof [data-part=close]", ".proof h2") < 2
    click(browser, ".proof [data-part=close]")
    # What follows the setting up of an app is apart from it.
    browser.execute_script("document.getElementById('app-setup').hidden = false")
    assert browser.execute_script(BELOW, "#app-form [type=submit]", "#devices-details") >= 12
    go(browser, "talk")
    open_checkout(browser)
    dismiss(browser)
    wait(browser, shown.visibility_of_element_located((By.ID, "other-pack")))
    assert browser.execute_script(BELOW, "#pay-order", "#other-pack") >= 0
    assert browser.execute_script(ASIDE, "#other-pack", "#payment-text") < 2


def test_a_plan_fits_prints_and_closes(browser, public_url):
    word = "Donaudampfschifffahrt" * 12
    answers(browser, public_url, {"talk": [{"status": 200, "body": plan(word, summary=word)}]})
    narrow(browser, 390)
    show(browser, "talk")
    wait(browser, lambda b: word in text_of(b, "#plan-body"))
    dialog = browser.find_element(By.ID, "plan")
    assert browser.execute_script("return arguments[0].scrollWidth - arguments[0].clientWidth", dialog) <= 0
    # Its end is in sight, however long it is.
    bottom = "return document.querySelector('.plan-close button').getBoundingClientRect().bottom"
    assert browser.execute_script(bottom) <= browser.execute_script("return innerHeight")

    browser.execute_script("window.print = () => { window.isPrinted = true; }")
    click(browser, "#print-plan")
    assert browser.execute_script("return window.isPrinted")
    emulate(browser, media="print")
    wait(browser, lambda b: not b.find_element(By.ID, "talk-card").is_displayed())
    assert browser.find_element(By.ID, "plan-title").is_displayed()
    assert not browser.find_element(By.ID, "print-plan").is_displayed()
    emulate(browser)
    click(browser, "#plan [aria-label=Close]")
    wait(browser, lambda b: open_dialogs(b) == [])

    show(browser, "talk")
    wait(browser, open_dialogs)
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    wait(browser, lambda b: open_dialogs(b) == [])


def test_a_notice_waits_until_the_page_is_seen(browser, public_url):
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    waits = browser.execute_async_script("""
      const done = arguments[0];
      const plain = window.setTimeout;
      const waits = [];
      window.setTimeout = (body, time, ...rest) => { waits.push(time); return plain(body, time, ...rest); };
      const see = (value) => {
        Object.defineProperty(document, 'visibilityState', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
        return waits.filter((time) => time === 7000).length;
      };
      see('hidden');
      import('/both/dom.js').then(({ notice }) => { notice('Your minutes are here.'); done([see('hidden'), see('visible')]); });""")
    assert waits == [0, 1]
    assert "Your minutes are here." in text_of(browser, "#notices")
