"""The care plan of a talk that is over: it opens when it is asked for, and in its own dialog."""
import pathlib
import re

from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from people import customer
from test_buying import open_checkout, sign_up
from test_journey import click, go, milliseconds, pay, text_of, wait


def talk(browser):
    click(browser, "#start")
    wait(browser, lambda b: text_of(b, "#talk-state") == "You are talking.")
    browser.find_element(By.ID, "say-text").send_keys("I sleep badly.\n")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.user")))
    # Without a charge there is no plan.
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) <= 597_000, 30)


def open_dialogs(browser):
    return browser.find_elements(By.CSS_SELECTOR, "dialog[open]")


def test_a_plan_does_not_lie_over_the_checkout(browser, public_url):
    customer(browser, public_url)
    talk(browser)
    open_checkout(browser)
    # The talk ends behind the checkout, as it does when its minutes are used up.
    browser.execute_script("document.getElementById('hang-up').click()")
    wait(browser, lambda b: "You hung up" in b.find_element(By.ID, "talk-state").get_attribute("textContent"))
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-plan][data-state=ready]")), 60)
    assert "care plan is ready" in browser.find_element(By.ID, "notices").text
    assert open_dialogs(browser) == []
    browser.execute_script("document.querySelector('[data-plan]').click()")
    wait(browser, lambda b: "payment first" in text_of(b, "#notices"))
    assert open_dialogs(browser) == []
    pay(browser)
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) > 1_100_000)
    go(browser, "talks")
    click(browser, "[data-plan]")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#plan-body h3"))


def test_the_checkout_closes_a_plan(browser, public_url):
    sign_up(browser, public_url)
    browser.execute_script("document.getElementById('plan').showModal()")
    browser.execute_script("document.querySelector('[data-pack]').click()")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "iframe")))
    assert open_dialogs(browser) == []
    pay(browser)
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")


# Answers the questions about care plans: `plans[id]` is a list of answers, of which the last one stays. An answer with
# `held` waits for `window.release[id]()`.
ANSWERS = """
window.plans = arguments[0];
window.planAsks = [];
window.release = {};
const plain = window.fetch;
window.fetch = async (path, options = {}) => {
  const id = /^.sessions.([^/]+).care-plan$/.exec(path)?.[1];
  if (!id || !window.plans[id]) return plain(path, options);
  window.planAsks.push([id, performance.now()]);
  const answers = window.plans[id];
  const { status, body, held, after } = answers.length > 1 ? answers.shift() : answers[0];
  if (held) await new Promise((resolve) => { window.release[id] = resolve; });
  return new Response(JSON.stringify(body), {
    status, headers: { 'Content-Type': 'application/json', ...(after ? { 'Retry-After': String(after) } : {}) } });
};
window.openPlan = (id) => import('/page/care-plan.js').then((module) => { module.openPlan(id); });
"""


def plan(title, **members):
    return {"status": "ready", "plan": {
        "title": title, "summary": "You sleep badly.", "concerns": [], "goals": [], "steps": [], "seek_help_if": [],
        "is_crisis": False, "notice": "An AI wrote this plan.", **members}}


def answers(browser, public_url, plans):
    sign_up(browser, public_url)
    browser.execute_script(ANSWERS, plans)


def show(browser, identifier):
    browser.execute_script("window.openPlan(arguments[0])", identifier)


def test_a_late_plan_stays_out_of_another_dialog(browser, public_url):
    answers(browser, public_url, {
        "first": [{"status": 200, "body": plan("The first"), "held": True}],
        "second": [{"status": 200, "body": plan("The second"), "held": True}]})
    show(browser, "first")
    wait(browser, lambda b: b.execute_script("return !!window.release.first"))
    click(browser, "#plan form button")
    wait(browser, lambda b: open_dialogs(b) == [])
    show(browser, "second")
    wait(browser, lambda b: b.execute_script("return !!window.release.second"))
    browser.execute_script("window.release.second()")
    wait(browser, lambda b: "The second" in text_of(b, "#plan-body"))
    # The first one's answer arrives when the second is being read.
    assert browser.execute_async_script("""
      const done = arguments[0];
      window.release.first();
      setTimeout(() => done(document.getElementById('plan-title').textContent), 200);""") == "The second"


def test_a_talk_that_is_not_settled_yet_is_waited_for(browser, public_url):
    live = {"status": 409, "body": {"code": "session_live", "detail": "The talk goes on."}, "after": 2}
    away = {"status": 503, "body": {"code": "tasks_unavailable"}, "after": 1}
    pending = {"status": 202, "body": {"status": "pending", "reason": "gemini_rate_limited"}, "after": 1}
    answers(browser, public_url, {"talk": [live, away, pending, {"status": 200, "body": plan("Sleep better")}]})
    show(browser, "talk")
    wait(browser, lambda b: "not settled yet" in text_of(b, "#plan-body"))
    assert browser.find_elements(By.CSS_SELECTOR, "#plan-body progress")
    wait(browser, lambda b: "cannot answer just now" in text_of(b, "#plan-body"))
    wait(browser, lambda b: "is busy just now" in text_of(b, "#plan-body"))
    wait(browser, lambda b: "Sleep better" in text_of(b, "#plan-body"))
    asked = [moment for _, moment in browser.execute_script("return window.planAsks")]
    assert len(asked) == 4 and asked[1] - asked[0] >= 1_950
    assert browser.find_element(By.ID, "alerts").text == ""


def test_each_reason_has_words_of_its_own(browser, public_url):
    text = (pathlib.Path(__file__).parents[2] / "docs" / "care-plans.md").read_text(encoding="utf-8")

    def codes(pattern):
        found = {code for line in re.findall(pattern, text, re.M) for code in re.findall(r"`([a-z]+(?:_[a-z]+)*)`", line)}
        assert found, pattern
        return found

    outcomes = {line: set(re.findall(r"`(gemini_\w+)`", line.split("|")[1]))
                for line in re.findall(r"^\| `gemini_.*$", text, re.M)}
    models = set().union(*outcomes.values())
    passing = set().union(*(found for line, found in outcomes.items() if not line.endswith("| failed |")))
    providers = {"conversation_unavailable", "conversation_refused"}
    assert all(f"`{code}`" in text for code in providers) and len(models) > 10 and passing < models
    skipped = codes(r"^\| `skipped` \|[^|]*\|(.*)$") - {"reason"}
    failed = codes(r"^\| `failed` \|[^|]*\|(.*)$") - {"reason"}
    pending = codes(r"^\| `pending` \|[^|]*\|(.*)$") - {"reason", "since"}
    answers(browser, public_url, {
        "deleted": [{"status": 200, "body": {"status": "skipped", "reason": "nothing_said"}}],
        "new": [{"status": 200, "body": {"status": "failed", "reason": "constructor"}}]})
    ends, waits = browser.execute_async_script("""
      const done = arguments[0];
      import('/page/plan-reasons.js').then(({ ends, waits }) => done([Object.keys(ends), Object.keys(waits)]));""")
    assert set(ends) == skipped | failed | providers | models
    # The page itself knows of these two.
    assert set(waits) == pending | providers | passing | {"session_live", "unanswered"}
    show(browser, "deleted")
    wait(browser, lambda b: "Nothing was said" in text_of(b, "#plan-body"))
    show(browser, "new")
    wait(browser, lambda b: "could not be written this time" in text_of(b, "#plan-body"))
