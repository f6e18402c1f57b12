"""axe-core finds nothing on any view, in both themes, wide and on a phone."""
import importlib.util
import pathlib
import sys
import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from people import at_home, buy, newcomer, send
from test_buying import control
from test_care_plan import ANSWERS, plan
from test_journey import click, text_of, wait
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
            # The page's policy lets no script of others in; this is not one of the page.
            browser.execute_cdp_cmd("Runtime.evaluate", {"expression": axe_source()})
        found += [f"{view}, {theme}, {width}: {fault}" for fault in browser.execute_async_script(RUN, OPTIONS)]
    emulate(browser)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    return found


# How each view is reached. A row is a name and what leads there from the row before it.

def entry(browser, public_url):
    browser.get(public_url)
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


def docs(browser, public_url):
    browser.get(public_url + "/docs#placeOrder")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#placeOrder[open]"))


def empty_home(browser, public_url):
    at_home(browser, public_url, "0:00")
    wait(browser, lambda b: "Nothing yet" in text_of(b, "#history"))


def account(browser, public_url):
    """Each part of the home that can be opened is open."""
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


def home(browser, public_url):
    browser.get(public_url)
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-plan]")))
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-receipt]")))


def care_plan(browser, public_url):
    warned = plan(
        "Sleep", concerns=["Nights"], goals=["Rest"], steps=[{"title": "Walk", "detail": "Daily", "due": "today"}],
        seek_help_if=["It stays so."], crisis_help="Call 112.", follow_up="in a week")
    browser.execute_script(ANSWERS, {"talk": [{"status": 200, "body": warned}]})
    browser.execute_script("window.openPlan('talk')")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#plan-body h3"))


def talk(browser, public_url):
    click(browser, "#plan form button")
    click(browser, "#start")
    wait(browser, lambda b: text_of(b, "#talk-state") == "You are talking.", 40)
    browser.find_element(By.ID, "say-text").send_keys("I sleep badly.\n")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.user")))


VIEWS = {
    "visitor": [
        ("sign-up", entry), ("sign-in, refused", wrong_entry), ("a forgotten password", forgotten),
        ("the contract", docs),
    ],
    "newcomer": [
        ("home, empty", empty_home), ("account", account), ("proof", proof), ("an order that is not paid", unpaid),
    ],
    "customer": [("home", home), ("care plan", care_plan), ("talk", talk)],
}


def talked(public_url, token):
    """A talk of a moment, without a page."""
    begun, _ = send(public_url + "/sessions", None, token)
    control("POST", f"/elevenlabs/conversations/{begun['conversation_id']}/begin")
    for seq in (1, 2):
        send(f"{public_url}/sessions/{begun['id']}/heartbeat?seq={seq}", None, token)
        # What is charged is the time between two beats.
        time.sleep(0.2)
    send(f"{public_url}/sessions/{begun['id']}/end", None, token)
    # While the agent's side of a call is open, its user has no other.
    control("POST", f"/elevenlabs/conversations/{begun['conversation_id']}/finish", {"say": "I sleep badly."})


@pytest.mark.parametrize("who", VIEWS)
def test_axe_finds_nothing(browser, public_url, who):
    if who != "visitor":
        _, token = newcomer(browser, public_url, name="Asha")
    if who == "customer":
        buy(public_url, token)
        talked(public_url, token)
    found = []
    for name, go in VIEWS[who]:
        go(browser, public_url)
        found += faults(browser, name)
    browser.forget_log()
    assert found == [], "\n" + "\n".join(found)
