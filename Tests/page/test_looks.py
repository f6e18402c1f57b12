"""What can be measured of the page's looks."""
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from test_buying import sign_up
from test_care_plan import answers, open_dialogs, plan, show
from test_journey import click, text_of, wait
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
