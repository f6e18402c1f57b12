"""axe-core finds nothing on any view, in both themes, wide and on a phone."""
import importlib.util
import pathlib
import sys

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from people import at_home, buy, newcomer
from test_care_plan import ANSWERS, plan
from test_care_plan import talk as begin_talk
from test_journey import click, go, text_of, wait
from test_looks import emulate
from test_narrow import narrow

LOOKS = [("light", 1280), ("dark", 390)]
# Rules for which a view has nothing to see stay out of the way; this one is part of WCAG 2.2 and off by default.
OPTIONS = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"], "iframes": False}
RUN = """
const [options, done] = arguments;
axe.run(document, options).then(
  ({ violations }) => done(violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) ${target.join(' ')}: ${failureSummary}`))),
  (error) => done([String(error)]));
"""


def axe_source():
    """axe-core's script, of a package of `Tests/page/requirements.txt`."""
    own = pathlib.Path(__file__).parents[2] / ".dev" / "venv-page" / "lib"
    folders = [*sys.path, *map(str, own.glob("python3*/site-packages"))]
    for folder in folders:
        path = pathlib.Path(folder) / "axe_playwright_python" / "axe.min.js"
        if path.exists():
            return path.read_text(encoding="utf-8")
    raise FileNotFoundError("axe-core is not installed: `./dev test page` does it")


def faults(browser, view):
    found = []
    for theme, width in LOOKS:
        emulate(browser, prefers_color_scheme=theme, prefers_reduced_motion="reduce")
        narrow(browser, width)
        if not browser.execute_script("return Boolean(window.axe)"):
            # The page's policy lets no script of others in; this is not one of the page. It reaches a frame, too.
            browser.execute_script(axe_source())
        found += [f"{view}, {theme}, {width}: {fault}" for fault in browser.execute_async_script(RUN, OPTIONS)]
    emulate(browser)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    return found


# How each view is reached. A row is a name and what leads there from the row before it.

def landing(browser, public_url):
    browser.get(public_url)
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#prices strong"))


def entry(browser, public_url):
    click(browser, "#visitor [href='/sign-up']")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))


def wrong_entry(browser, public_url):
    click(browser, "#tab-login")
    browser.find_element(By.NAME, "email").send_keys("nobody@example.com")
    browser.find_element(By.NAME, "password").send_keys("a wrong password")
    click(browser, "#entry-form [type=submit]")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-error")))


def forgotten(browser, public_url):
    click(browser, "#forgot")
    wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "#link-form [name=email]")))


def lost(browser, public_url):
    browser.get(public_url + "/nowhere")
    wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, ".ways-on a")))
    # The browser notes the status of the answer.
    browser.forget_log()


def docs(browser, public_url):
    browser.get(public_url + "/docs#placeOrder")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#placeOrder[open]"))


def empty_home(browser, public_url):
    at_home(browser, public_url, "0:00")


def nothing(view, place):
    def lead(browser, public_url):
        go(browser, view)
        wait(browser, lambda b: "Nothing yet" in text_of(b, place))
    return lead


def account(browser, public_url):
    """Each part of the home that can be opened is open."""
    go(browser, "account")
    browser.execute_script("for (const node of document.querySelectorAll('details')) node.open = true")
    click(browser, "#add-app")
    wait(browser, shown.visibility_of_element_located((By.ID, "app-setup")))
    for items in ("#devices li", "#trail li"):
        wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, items)))


def proof(browser, public_url):
    click(browser, "#delete-form [type=submit]")
    wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, ".proof [name=proof]")))


def unpaid(browser, public_url):
    at_home(browser, public_url, "0:00")
    click(browser, "[data-pack]")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "iframe")))
    browser.switch_to.frame(browser.find_element(By.CSS_SELECTOR, "iframe"))
    click(browser, "[data-outcome=dismissed]")
    browser.switch_to.default_content()
    wait(browser, lambda b: "No payment has arrived yet" in text_of(b, "#payment-text"))


def talk(browser, public_url):
    at_home(browser, public_url, "10:00")
    begin_talk(browser)


def home(browser, public_url):
    """With a purchase and a talk."""
    click(browser, "#hang-up")
    wait(browser, lambda b: "You hung up" in text_of(b, "#talk-state"))
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-plan]")))
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-receipt]")))


def talks(browser, public_url):
    go(browser, "talks")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#minutes rect"))


def record(browser, public_url):
    click(browser, "#history [data-talk]")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#talk-record table"))


def purchases(browser, public_url):
    go(browser, "purchases")
    wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "[data-receipt]")))


def statement(browser, public_url):
    click(browser, "#statement-link")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#statement table"))


def care_plan(browser, public_url):
    go(browser, "talk")
    warned = plan(
        "Sleep", concerns=["Nights"], goals=["Rest"], steps=[{"title": "Walk", "detail": "Daily", "due": "today"}],
        seek_help_if=["It stays so."], crisis_help="Call 112.", follow_up="in a week")
    browser.execute_script(ANSWERS, {"talk": [{"status": 200, "body": warned}]})
    browser.execute_script("window.openPlan('talk')")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#plan-body h3"))


VIEWS = {
    "visitor": [
        ("landing", landing), ("sign-up", entry), ("sign-in, refused", wrong_entry), ("a forgotten password", forgotten),
        ("a wrong address", lost), ("the contract", docs),
    ],
    "newcomer": [
        ("home, empty", empty_home), ("talks, none", nothing("talks", "#history")),
        ("purchases, none", nothing("purchases", "#purchases")), ("account", account), ("proof", proof), ("an order that is not paid", unpaid),
    ],
    "customer": [
        ("talk", talk), ("home", home), ("talks", talks), ("one talk", record), ("purchases", purchases), ("statement", statement),
        ("care plan", care_plan),
    ],
}


@pytest.mark.parametrize("who", VIEWS)
def test_axe_finds_nothing(browser, public_url, who):
    if who != "visitor":
        _, token = newcomer(browser, public_url, name="Asha")
    if who == "customer":
        buy(public_url, token)
    found = []
    for name, lead in VIEWS[who]:
        lead(browser, public_url)
        found += faults(browser, name)
    browser.forget_log()
    assert found == [], "\n" + "\n".join(found)
