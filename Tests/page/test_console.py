"""The operators' console: who may enter, what each role sees, and the journeys of an operator."""
import contextlib
import itertools
import json
import os
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
import uuid

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.support.ui import Select

from talking import elsewhere
from test_journey import click, text_of, wait
from test_second_factor import PASSWORD, code, post


def sql(statement, **values):
    """Changes the database as no test can through the API."""
    store = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
    given = [part for name, value in values.items() for part in ("-v", f"{name}={value}")]
    return subprocess.run(
        ["psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", *given, "-h", store.hostname, "-p", str(store.port),
         "-U", store.username, "-d", store.path.removeprefix("/")],
        # The password is in the environment, because every user of the machine can read a command's arguments.
        env={**os.environ, "PGPASSWORD": urllib.parse.unquote(store.password)}, text=True, check=True,
        stdout=subprocess.PIPE, input=statement).stdout.strip()


def control(method, path, body=None):
    request = urllib.request.Request(
        os.environ["SANDBOX_URL"] + "/control" + path, method=method,
        data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
        return json.loads(text) if text else None


class User:
    """Somebody who has signed up, by the API."""

    def __init__(self, public_url):
        self.url = public_url
        self.email = f"console-{uuid.uuid4().hex[:12]}@example.com"
        answer = post(public_url + "/auth/register", {"email": self.email, "password": PASSWORD})
        self.id, self.token = answer["user"]["id"], answer["access_token"]

    def post(self, path, body=None):
        return post(self.url + path, body or {}, self.token)

    def prove_address(self):
        sql("UPDATE users SET email_verified_at = now() WHERE id = :'id'", id=self.id)

    def buy(self):
        """Ten minutes; the order's id."""
        order = self.post("/billing/orders", {"pack_id": "ten-minutes"})
        paid = control("POST", f"/razorpay/orders/{order['razorpay_order_id']}/pay", {"outcome": "captured"})
        self.post("/billing/payments/verify", paid)
        return order["id"]


@contextlib.contextmanager
def talking(user):
    """A live talk by the API, which beats until the block is left; its id."""
    begun = user.post("/sessions")
    talk, is_over = begun["id"], threading.Event()
    control("POST", f"/elevenlabs/conversations/{begun['conversation_id']}/begin", {})

    def beat():
        for number in itertools.count(1):
            try:
                elsewhere(user.url, "POST", f"/sessions/{talk}/heartbeat?seq={number}", user.token)
            except urllib.error.HTTPError as error:
                # The operator has ended it.
                assert error.code == 410
                return
            if is_over.wait(2):
                return

    beating = threading.Thread(target=beat)
    beating.start()
    yield talk
    is_over.set()
    beating.join()


def talktime(*arguments):
    subprocess.run([os.environ["TALKTIME_DEV"], "talktime", *arguments], check=True, capture_output=True,
                   stdin=subprocess.DEVNULL, timeout=60)


def operator(public_url, role):
    """An operator with an authenticator app, whose present code is not used yet."""
    user = User(public_url)
    user.prove_address()
    talktime("operator", "add", user.email, "--role", role)
    user.secret = user.post("/auth/totp")["secret"]
    while True:
        try:
            user.post("/auth/totp/confirm", {"code": code(user.secret, -1)})
            return user
        except urllib.error.HTTPError as error:
            # The step has ended meanwhile.
            assert error.code == 401


def type_into(browser, selector, text):
    field = wait(browser, shown.element_to_be_clickable((By.CSS_SELECTOR, selector)))
    field.clear()
    field.send_keys(text)


def enter(browser, user, at=""):
    """Signs in at the console; with a code where the account has an app."""
    browser.get(f"{user.url}/console{at}")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    type_into(browser, "#entry-form [name=email]", user.email)
    type_into(browser, "#entry-form [name=password]", PASSWORD + Keys.ENTER)
    if hasattr(user, "secret"):
        wait(browser, shown.visibility_of_element_located((By.ID, "factor-form")))
        type_into(browser, "#factor-form [name=code]", code(user.secret) + Keys.ENTER)
    wait(browser, shown.visibility_of_element_located((By.ID, "account")))
    # Nobody is signed in at first, and the second factor is asked for by a 401.
    browser.forget_log()


def press(browser, text, within="view"):
    """Presses a button by its text, as soon as it can be pressed: a view may be painted anew meanwhile."""
    path = f"//*[@id='{within}']//button[normalize-space()='{text}']"

    def is_pressed(b):
        try:
            for button in b.find_elements(By.XPATH, path):
                if button.is_displayed() and button.is_enabled():
                    button.click()
                    return True
        except StaleElementReferenceException:
            pass
        return False

    wait(browser, is_pressed)


def act(browser, **fields):
    """Fills the dialog and sends it."""
    for name, text in fields.items():
        type_into(browser, f"dialog.act [name={name}]", text)
    click(browser, "dialog.act [type=submit]")


def outcome(browser, words):
    wait(browser, lambda b: words in text_of(b, "#outcome"))
    assert not browser.find_elements(By.CSS_SELECTOR, "dialog[open]")


def buttons(browser):
    """The texts of the view's buttons, but for those that sort."""
    return set(browser.execute_script("""
      return [...document.querySelectorAll('#view button:not(.sort)')].filter((button) => button.checkVisibility())
        .map((button) => button.textContent)"""))


def complaints(browser):
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def is_silent(browser):
    """No error in the console but those that a test has made. The policy is looked at by every test."""
    assert complaints(browser) == []


def policy(public_url, path):
    with urllib.request.urlopen(public_url + path, timeout=10) as answer:
        return answer.headers


def test_its_document_names_no_provider(public_url):
    for path in ("/console", "/console/", "/console/app.js"):
        headers = policy(public_url, path)
        directives = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert directives["default-src"] == "'none'" and directives["frame-ancestors"] == "'none'"
        assert {directives[name] for name in ("script-src", "style-src", "img-src", "connect-src")} == {"'self'"}
        assert directives["require-trusted-types-for"] == "'script'"
        for name in ("Content-Security-Policy", "Permissions-Policy"):
            assert len(headers.get_all(name)) == 1
            assert "//" not in headers[name] and "microphone=(self)" not in headers[name], headers[name]
    # The talk page keeps its own.
    assert "microphone=(self)" in policy(public_url, "/")["Permissions-Policy"]


def test_whoever_is_no_operator_is_told(browser, public_url):
    user = User(public_url)
    enter(browser, user)
    wait(browser, lambda b: "You are not an operator" in text_of(b, "#view"))
    assert user.email in text_of(browser, "#view") and not browser.find_element(By.ID, "views").is_displayed()
    assert browser.find_element(By.ID, "refusal") == browser.switch_to.active_element
    press(browser, "Sign out")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    # An operator without a second factor has no rights, and is told what gives them.
    user.prove_address()
    talktime("operator", "add", user.email)
    enter(browser, user)
    wait(browser, lambda b: "had no second factor" in text_of(b, "#view"))
    # A wrong password is said, and the field is marked.
    press(browser, "Sign out")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    type_into(browser, "#entry-form [name=email]", user.email)
    type_into(browser, "#entry-form [name=password]", "not this one" + Keys.ENTER)
    wait(browser, lambda b: "do not belong together" in text_of(b, "#entry-error"))
    assert browser.switch_to.active_element.get_attribute("aria-invalid") == "true"
    browser.forget_log()


def test_a_refusal_gives_way(browser, public_url):
    """Whoever has signed out is not told of rights afterwards."""
    user = User(public_url)
    user.prove_address()
    talktime("operator", "add", user.email)
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
      const ask = window.fetch;
      window.fetch = async (path, options = {}) => {
        if (path !== '/auth/passkeys') return ask(path, options);
        await new Promise((go) => { window.goOn = go; });
        throw new TypeError('no answer');
      };"""})
    enter(browser, user)
    wait(browser, lambda b: b.execute_script("return Boolean(window.goOn)"))
    click(browser, "#sign-out")
    wait(browser, lambda b: not b.find_element(By.ID, "account").is_displayed())
    browser.execute_async_script("window.goOn(); setTimeout(arguments[0], 0);")
    assert browser.find_element(By.ID, "entry-form").is_displayed()
    browser.forget_log()


def test_the_overview_and_a_talk(browser, public_url):
    user = User(public_url)
    user.buy()
    chief = operator(public_url, "admin")
    with talking(user) as talk:
        enter(browser, chief)
        assert browser.title == "Overview · Talktime console"

        def tile(name):
            path = f"//dl[@class='tiles']/div[dt[normalize-space()='{name}']]/dd[1]"
            return browser.find_element(By.XPATH, path).text

        wait(browser, lambda b: tile("Live talks") not in ("–", "0"))
        wait(browser, lambda b: "–" not in (tile("Events behind"), tile("Dead letters"), tile("Failed tasks")))

        def has_chart(start, words=""):
            charts = browser.find_elements(By.CSS_SELECTOR, "svg.chart")
            labels = [chart.get_attribute("aria-label") or "" for chart in charts]
            return any(label.startswith(start) and words in label for label in labels)

        # Charts are pictures with words, without a style in the markup.
        wait(browser, lambda b: has_chart("Live talks: ", "now, at most"))
        wait(browser, lambda b: has_chart("Time to answer: Auth ", " ms"))
        wait(browser, lambda b: has_chart("Tasks by state: pending "))
        assert not browser.find_elements(By.CSS_SELECTOR, "[style]")
        # The second look knows what was beaten since the first.
        wait(browser, lambda b: tile("Heartbeats a second") not in ("–", "0"), 30)

        click(browser, "#views [href='#live']")
        wait(browser, lambda b: talk in text_of(b, "#view"))
        assert browser.title == "Live talks · Talktime console"
        assert browser.switch_to.active_element.text == "Live talks"
        click(browser, f"[href='#talks/{talk}']")
        wait(browser, lambda b: "Charged so far" in text_of(b, "#view"))
        press(browser, "End…")
        act(browser, reason="the test is over")
        outcome(browser, "The talk has ended. It is charged with ")
    wait(browser, lambda b: elsewhere(public_url, "GET", f"/sessions/{talk}", user.token)["settled"], 40)
    browser.refresh()
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, ".verdict")))
    assert "which is the charge" in text_of(browser, ".verdict")
    assert "Ended by support (operator)" in text_of(browser, "#view")
    browser.back()
    wait(browser, lambda b: b.title == "Live talks · Talktime console")
    browser.forget_log()


def test_the_figures_of_support(browser, public_url):
    """The oldest tasks and what was sold are for every role, in numbers that are told in words, too."""
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
      const ask = window.fetch;
      window.asked = [];
      window.fetch = async (path, options = {}) => {
        window.asked.push(`${options.method ?? 'GET'} ${path}`);
        const headers = { 'Content-Type': 'application/json' };
        const answer = (body) => new Response(JSON.stringify(body), { headers });
        if (path === '/tasks/stats') return answer({ failed: 3, oldest_ms: { failed: { a: 60000, b: 7200000 } } });
        const days = Number(new URLSearchParams(String(path).split('/billing/figures?')[1]).get('days'));
        if (!days) return ask(path, options);
        if (days === 90 && !window.isQuick) {
          window.isQuick = true;
          return new Response('{"code":"billing_unavailable"}', { status: 503, headers });
        }
        const none = { orders: 0, refunds: 0, money: [], sold_ms: 0, burned_ms: 0 };
        const some = { orders: 2, refunds: 1, money: [{ currency: 'INR', paid: 39800, refunded: 4950 }],
          sold_ms: 1200000, burned_ms: 61500 };
        return answer({ time_zone: 'Asia/Kolkata', days: Array.from({ length: days }, (_, index) => ({
          day: new Date(Date.UTC(2026, 0, 31 - days + index)).toISOString().slice(0, 10),
          ...(index === days - 2 ? some : none) })) });
      };"""})
    enter(browser, operator(public_url, "support"))
    wait(browser, lambda b: "The oldest 2 hr" in text_of(b, ".tiles"))
    labels = lambda: browser.execute_script(  # noqa: E731
        "return [...document.querySelectorAll('.sales svg')].map((chart) => chart.getAttribute('aria-label'))")
    wait(browser, lambda b: len(labels()) == 4)
    for label, words in zip(labels(), ("₹398 in all, paid orders: 2.", "₹49.50 in all, refunds: 1.", "20:00 in all.",
                                       "1:01.500 in all.")):
        assert words in label and "on Thu" in label, label
    assert len(browser.find_elements(By.CSS_SELECTOR, ".sales figure:first-child rect")) == 30
    Select(browser.find_element(By.NAME, "days")).select_by_value("90")
    wait(browser, lambda b: "For fewer days it may be able to." in text_of(b, ".sales"))
    press(browser, "Try again")
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, ".sales figure:first-child rect")) == 90)
    asked = browser.execute_script("return window.asked")
    assert "GET /billing/figures?days=90" in asked and "POST /tasks/actions" not in asked
    is_silent(browser)
