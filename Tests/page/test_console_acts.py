"""What operators do in the console: money, tasks, events; and what each role does not see."""
import contextlib
import json
import os
import re
import subprocess
import time
import urllib.parse

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.support.ui import Select

import test_passkeys
from test_console import (
    User, act, buttons, control, elsewhere, enter, is_silent, operator, outcome, press, sql, talktime, type_into)
from test_journey import click, text_of, wait
from test_narrow import SIDEWAYS, narrow
from test_passkeys import authenticator  # noqa: F401


def tasks_of(user):
    return elsewhere(user.url, "GET", "/tasks", user.token)["items"]


def user_with_failed_task(browser, public_url):
    """Somebody whose mail was refused for good; the task of it, which succeeds when it is tried again."""
    control("PUT", "/mailjet/fault", {"kind": "status", "status": 413, "method": "POST", "times": 2})
    try:
        user = User(public_url)
        wait(browser, lambda b: any(task["state"] == "failed" for task in tasks_of(user)), 30)
    finally:
        control("DELETE", "/mailjet/fault")
    return user, next(task for task in tasks_of(user) if task["state"] == "failed")


@contextlib.contextmanager
def dead_letter(browser):
    """An event that is none of its stream: it becomes a dead letter at once, also when it is delivered again."""
    redis("XADD", "tt:{bus}:events:identity", "*", "event", json.dumps({
        "specversion": "1.0", "id": "console-test", "source": "/talktime/auth", "type": "user.disabled",
        "subject": "nobody", "data": {"user_id": "nobody"}}))
    try:
        wait(browser, lambda b: "console-test" in redis("XRANGE", "tt:{bus}:dead:identity", "-", "+"), 40)
        yield
    finally:
        for entry in re.findall(r"^(\d+-\d+)$", redis("XRANGE", "tt:{bus}:dead:identity", "-", "+"), re.M):
            redis("XDEL", "tt:{bus}:dead:identity", entry)


def balance(user):
    return elsewhere(user.url, "GET", "/billing/balance", user.token)


def test_money_moves_after_a_proof(browser, public_url, authenticator):  # noqa: F811
    user = User(public_url)
    order = user.buy()
    # An operator whose second factor is a passkey.
    chief = test_passkeys.sign_up(browser, public_url)
    test_passkeys.add(browser, authenticator)
    sql("UPDATE users SET email_verified_at = now() WHERE email = :'email'", email=chief)
    talktime("operator", "add", chief)
    browser.get("about:blank")
    browser.get(f"{public_url}/console#users?email={user.email}")
    # The sign-in that added the passkey was by password. It is enough to confirm it.
    press(browser, "Confirm with your second factor")
    click(browser, ".proof [type=submit]")
    wait(browser, shown.element_to_be_clickable((By.LINK_TEXT, user.email))).click()
    wait(browser, lambda b: "Grant minutes…" in buttons(b))
    assert text_of(browser, "h1") == user.email and user.id in browser.current_url

    # A proof that is too old is asked for in one dialog, and the act goes on by itself.
    sql("UPDATE devices SET authenticated_at = authenticated_at - interval '1 hour' WHERE user_id = "
        "(SELECT id FROM users WHERE email = :'email')", email=chief)
    browser.refresh()
    press(browser, "Grant minutes…")
    type_into(browser, "dialog.act [name=talktime_ms]", "a few")
    click(browser, "dialog.act [type=submit]")
    wait(browser, lambda b: "Minutes are a number" in text_of(b, "dialog.act"))
    assert "This is needed." in text_of(browser, "dialog.act")
    # A comma has two meanings.
    type_into(browser, "dialog.act [name=talktime_ms]", "1,000")
    click(browser, "dialog.act [type=submit]")
    wait(browser, lambda b: "Write minutes without a comma" in text_of(b, "dialog.act"))
    type_into(browser, "dialog.act [name=talktime_ms]", "2.5")
    assert text_of(browser, "dialog.act [type=submit]") == "Grant 2:30"
    act(browser, reason="a gift")
    wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, ".proof")))
    assert len(browser.find_elements(By.CSS_SELECTOR, "dialog[open]")) == 1
    click(browser, ".proof [type=submit]")
    outcome(browser, f"Granted 2:30 to {user.email}. Available now: 12:30.")
    assert balance(user)["available_ms"] == 750_000

    press(browser, "Adjust…")
    act(browser, talktime_ms="-0.5", reason="a correction")
    outcome(browser, "by −0:30. Available now: 12:00.")
    press(browser, "Freeze…")
    act(browser, reason="it looks stolen")
    outcome(browser, "is frozen.")
    wait(browser, lambda b: "it looks stolen" in text_of(b, "#view"))
    assert balance(user)["frozen"]
    press(browser, "Thaw…")
    act(browser, reason="it was not")
    outcome(browser, "is open again.")
    assert not balance(user)["frozen"]

    browser.find_element(By.XPATH, "//label[starts-with(., 'Order')]//input").send_keys(order + Keys.ENTER)
    wait(browser, lambda b: "No refund of this order." in text_of(b, "#view"))
    assert f"The order {order}" in text_of(browser, "#view")
    press(browser, "Refund…")
    assert order in text_of(browser, "dialog.act")
    type_into(browser, "dialog.act [name=amount]", "1,000")
    click(browser, "dialog.act [type=submit]")
    wait(browser, lambda b: "Write rupees without a comma" in text_of(b, "dialog.act"))
    type_into(browser, "dialog.act [name=amount]", "49.50")
    assert text_of(browser, "dialog.act [type=submit]") == "Refund ₹49.50"
    act(browser, reason="a complaint")
    outcome(browser, f"A refund of ₹49.50 is made. The order: {order}.")
    wait(browser, lambda b: "₹49.50" in text_of(b, "#view"))
    press(browser, "Refund…")
    act(browser, amount="1000", reason="too much")
    wait(browser, lambda b: b.find_element(By.CSS_SELECTOR, "dialog.act [role=alert]").text)
    press(browser, "Cancel", "act")

    press(browser, "Read the trail")
    wait(browser, lambda b: "Registered" in text_of(b, "#view"))
    press(browser, "Disable…")
    act(browser, reason="they asked")
    outcome(browser, f"The account of {user.email} is disabled.")
    wait(browser, lambda b: "Enable…" in buttons(b))
    browser.get(f"{public_url}/console#audit")
    wait(browser, lambda b: "wallet.grant" in text_of(b, "#view"))
    # A long word among the details is not cut off at the card's edge.
    assert browser.execute_script(
        "const place = document.querySelector('#view .scroll'); return place.scrollWidth - place.clientWidth") <= 0
    browser.forget_log()


def test_each_act_is_one(browser, public_url):
    """An act whose answer is lost is repeated under the same key; another has another key."""
    user, chief = User(public_url), operator(public_url, "finance")
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
      const ask = window.fetch;
      window.keys = [];
      window.fetch = async (path, options = {}) => {
        const answer = await ask(path, options);
        if (!String(path).endsWith('/grants')) return answer;
        window.keys.push(options.headers['Idempotency-Key']);
        if (window.keys.length === 1) throw new TypeError('the answer is lost');
        return answer;
      };"""})
    enter(browser, chief, f"#users/{user.id}?email={user.email}")
    press(browser, "Grant minutes…")
    assert not {"Adjust…", "Freeze…", "Disable…"} & buttons(browser)
    act(browser, talktime_ms="10", reason="a gift")
    wait(browser, lambda b: "not known whether it was done" in text_of(b, "dialog.act"))
    click(browser, "dialog.act [type=submit]")
    outcome(browser, "Available now: 10:00.")
    assert balance(user)["available_ms"] == 600_000
    keys = browser.execute_script("return window.keys")
    assert len(keys) == 2 and len(set(keys)) == 1
    press(browser, "Grant minutes…")
    act(browser, talktime_ms="10", reason="a gift")
    outcome(browser, "Available now: 20:00.")
    assert len(set(browser.execute_script("return window.keys"))) == 2
    # Whoever leaves an act without an answer, and asks for the same one again, repeats it under its key.
    browser.execute_script("window.keys.length = 0")
    press(browser, "Grant minutes…")
    act(browser, talktime_ms="5", reason="a gift")
    wait(browser, lambda b: "not known whether it was done" in text_of(b, "dialog.act"))
    assert not browser.find_element(By.CSS_SELECTOR, "dialog.act [name=talktime_ms]").is_enabled()
    press(browser, "Leave it", "act")
    outcome(browser, "it is not known whether this was done. Look whether it was before you do it again.")
    press(browser, "Grant minutes…")
    act(browser, talktime_ms="5", reason="a gift")
    outcome(browser, "Granted 5:00")
    assert balance(user)["available_ms"] == 1_500_000
    assert len(set(browser.execute_script("return window.keys"))) == 1
    # Above what the role may give in a day.
    press(browser, "Grant minutes…")
    act(browser, talktime_ms="9999999", reason="a gift")
    wait(browser, lambda b: "above what your role may do in a day" in text_of(b, "dialog.act"))
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    # The focus is where it was, though the wallet was painted anew meanwhile.
    wait(browser, lambda b: not b.find_elements(By.CSS_SELECTOR, "dialog"))
    wait(browser, lambda b: b.switch_to.active_element.text == "Grant minutes…")
    browser.forget_log()


def test_an_act_outlives_its_view(browser, public_url):
    """Whoever leaves the view of an act that is under way reads what came of it, and no doubt is called safe."""
    user, chief = User(public_url), operator(public_url, "admin")
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
      const ask = window.fetch;
      window.fetch = async (path, options = {}) => {
        const answer = await ask(path, options);
        if (String(path).endsWith('/grants')) await new Promise((go) => { window.goOn = go; });
        if (String(path).endsWith('/freeze')) throw new TypeError('the answer is lost');
        return answer;
      };"""})
    enter(browser, chief, f"#users/{user.id}?email={user.email}")
    press(browser, "Grant minutes…")
    act(browser, talktime_ms="10", reason="a gift")
    wait(browser, lambda b: b.execute_script("return Boolean(window.goOn)"))
    browser.execute_script("location.hash = '#types'")
    wait(browser, lambda b: text_of(b, "h1") == "Task types")
    browser.execute_script("window.goOn()")
    outcome(browser, f"Granted 10:00 to {user.email}.")

    browser.execute_script(f"location.hash = '#users/{user.id}?email={user.email}'")
    press(browser, "Freeze…")
    act(browser, reason="it looks stolen")
    wait(browser, lambda b: "Look whether it was done before you try again." in text_of(b, "dialog.act"))
    assert "not done twice" not in text_of(browser, "dialog.act")
    press(browser, "Leave it", "act")
    outcome(browser, "it is not known whether this was done.")
    browser.forget_log()


def test_a_link_cannot_name_another_account(browser, public_url):
    """The address in a link is not believed: an act goes to the account of the id."""
    user, other, chief = User(public_url), User(public_url), operator(public_url, "admin")
    enter(browser, chief, f"#users/{user.id}?email={other.email}")
    wait(browser, lambda b: f"This link names {other.email}" in text_of(b, "#view"))
    wait(browser, lambda b: "Available" in text_of(b, "#view") and "is live" in text_of(b, "#view"))
    assert text_of(browser, "h1") == f"User {user.id[:8]}"
    assert not {"Grant minutes…", "Adjust…", "Freeze…", "Disable…"} & buttons(browser)
    # Without an address the account has no name, and the dialog tells whom an act is for by the id.
    browser.get(f"{public_url}/console#users/{user.id}")
    press(browser, "Grant minutes…")
    assert user.id in text_of(browser, "dialog.act")
    press(browser, "Cancel", "act")
    is_silent(browser)


def cells(browser, head):
    """What a column of the open list says, from above to below."""
    return browser.execute_script("""
      return [...document.querySelectorAll(`[role=tabpanel] td[data-head="${arguments[0]}"]`)]
        .filter((cell) => cell.checkVisibility()).map((cell) => cell.innerText.trim())""", head)


def test_a_user_by_id_alone(browser, public_url):
    """The orders with their refunds, the ledger, the talks, and what operators have done."""
    user, clerk = User(public_url), operator(public_url, "finance")
    order = user.buy()
    talk = user.post("/sessions")["id"]
    user.post(f"/sessions/{talk}/end")
    enter(browser, clerk, "#users")
    type_into(browser, "#user-email", user.id + Keys.ENTER)
    wait(browser, lambda b: text_of(b, "h1") == user.email)
    assert browser.current_url.endswith(f"#users/{user.id}")

    # A refund from the order's row.
    click(browser, f"[aria-label='Refund the order {order}']")
    assert order in text_of(browser, "dialog.act")
    act(browser, amount="49.50", reason="a complaint")
    outcome(browser, f"A refund of ₹49.50 is made. The order: {order}.")
    wait(browser, lambda b: "₹49.50" in cells(b, "Refunded") + cells(b, "On its way"))
    assert cells(browser, "Price") == ["₹199"]
    click(browser, f"[aria-label$=': the refunds of the order {order}']")
    wait(browser, lambda b: f"The order {order}" in text_of(b, "#view"))
    press(browser, "Grant minutes…")
    act(browser, talktime_ms="5", reason="a gift")
    outcome(browser, "Granted 5:00")

    # The arrow keys go through the lists, and the address knows which is open.
    browser.find_element(By.ID, "tab-orders").send_keys(Keys.ARROW_RIGHT)
    assert browser.switch_to.active_element.get_attribute("id") == "tab-ledger"
    wait(browser, lambda b: cells(b, "Kind")[-1:] == ["Purchase"] and cells(b, "Balance")[-1] == "10:00")
    assert cells(browser, "Change")[0] == "+5:00" and "Hold" not in cells(browser, "Kind")
    click(browser, "[name=holds]")
    wait(browser, lambda b: "Hold" in cells(b, "Kind"))
    click(browser, "#tab-talks")
    wait(browser, lambda b: cells(b, "Talk") == [talk])
    browser.refresh()
    wait(browser, lambda b: cells(b, "Talk") == [talk])
    click(browser, f"[href='#talks/{talk}']")
    wait(browser, lambda b: text_of(b, "h1") == "Talk")
    browser.back()

    wait(browser, shown.element_to_be_clickable((By.LINK_TEXT, "What operators have done here"))).click()
    wait(browser, lambda b: "a gift" in text_of(b, "#view") and f"to {user.email}" in text_of(b, "#view h2"))
    assert "wallet.grant" in text_of(browser, "tbody") and "order.refunded" not in text_of(browser, "tbody")
    # Addresses are as good as ids.
    browser.find_element(By.NAME, "user_id").clear()
    type_into(browser, "[name=operator_id]", f"no-{clerk.email}" + Keys.ENTER)
    wait(browser, lambda b: "No account has this address." in text_of(b, "#view"))
    type_into(browser, "[name=operator_id]", clerk.email + Keys.ENTER)
    wait(browser, lambda b: "order.refunded" in text_of(b, "#view tbody"))
    assert f"operator_id={clerk.id}" in browser.current_url and "a complaint" in text_of(browser, "tbody")
    is_silent(browser)


def test_a_user_who_is_gone(browser, public_url):
    """What nobody has any more is said, and the rest of the view stays."""
    enter(browser, operator(public_url, "support"), "#users/00000000-0000-7000-8000-000000000000")
    wait(browser, lambda b: "No account has this id any more" in text_of(b, "#view"))
    wait(browser, lambda b: all(words in text_of(b, "#view") for words in (
        "There is no wallet.", "Nothing was ordered.", "What operators have done here")))
    assert "Try again" not in buttons(browser)
    browser.forget_log()


def test_tasks_are_retried_by_filter(browser, public_url):
    chief = operator(public_url, "admin")
    user, failed = user_with_failed_task(browser, public_url)
    enter(browser, chief, "#tasks")
    type_into(browser, "[name=error_code]", failed["error_code"])
    Select(browser.find_element(By.NAME, "state")).select_by_value("failed")
    press(browser, "Filter")
    wait(browser, lambda b: failed["id"][-8:] in text_of(b, "#view"))
    assert "state=failed" in browser.current_url
    assert browser.switch_to.active_element.text.startswith("Tasks of this filter")
    assert "Retry" in text_of(browser, "[name=action]")
    # Nothing typed is no priority.
    Select(browser.find_element(By.NAME, "action")).select_by_value("priority")
    browser.find_element(By.NAME, "priority").clear()
    press(browser, "Preview")
    wait(browser, lambda b: "A priority is a whole number" in text_of(b, "#preview"))
    Select(browser.find_element(By.NAME, "action")).select_by_value("retry")
    press(browser, "Preview")
    wait(browser, lambda b: re.search(r"would be tried again: [1-9]", text_of(b, "#preview")))
    assert failed["id"][-8:] in text_of(browser, "#preview")
    assert next(task for task in tasks_of(user) if task["id"] == failed["id"])["state"] == "failed"
    click(browser, "#preview .primary")
    # What comes after the preview is not concerned.
    for words in ("state failed", f"error code {failed['error_code']}", "created before "):
        assert words in text_of(browser, "dialog.act"), words
    act(browser, reason="the fault is mended")
    outcome(browser, "Retry has begun. Tasks that it concerns: ")
    wait(browser, lambda b: all(task["state"] == "completed" for task in tasks_of(user)), 40)
    click(browser, "#outcome a")
    wait(browser, lambda b: "task_action" in text_of(b, "#view"))

    # One task with its failed attempts.
    browser.get(f"{public_url}/console#tasks/{failed['id']}")
    wait(browser, lambda b: failed["error_code"] in text_of(b, "#view") and "Failed attempts" in text_of(b, "#view"))
    assert not {"Retry…", "Cancel…"} & buttons(browser)

    browser.get(f"{public_url}/console#types")
    wait(browser, shown.element_to_be_clickable((By.CSS_SELECTOR, "[aria-label='Pause debit_note_mail']"))).click()
    act(browser, reason="the form is wrong")
    outcome(browser, "No task of the type debit_note_mail begins any more.")
    wait(browser, lambda b: "the form is wrong" in text_of(b, "#view"))
    click(browser, "[aria-label='Limit debit_note_mail']")
    type_into(browser, "dialog.act [name=most_running]", "0")
    act(browser, reason="a test")
    wait(browser, lambda b: "A limit is from 1 to 1,000." in text_of(b, "dialog.act"))
    act(browser, most_running="2")
    outcome(browser, "The limits of debit_note_mail are set. Before: no limit. Now: 2 at once.")
    wait(browser, lambda b: "2 at once" in text_of(b, "#view"))
    click(browser, "[aria-label='Limit debit_note_mail']")
    wait(browser, lambda b: "Now: 2 at once." in text_of(b, "dialog.act"))
    type_into(browser, "dialog.act [name=most_running]", " ")
    act(browser, reason="a test")
    outcome(browser, "The limits of debit_note_mail are set. Before: 2 at once. Now: no limit.")
    click(browser, "[aria-label='Resume debit_note_mail']")
    act(browser, reason="it is right")
    outcome(browser, "Tasks of the type debit_note_mail begin again.")
    assert not browser.find_elements(By.CSS_SELECTOR, "[aria-label='Pause task_action']")
    is_silent(browser)


def redis(*words):
    store = urllib.parse.urlsplit(os.environ["REDIS_URL"])
    user = ["--user", store.username] if store.username else []
    return subprocess.run(
        ["redis-cli", "-h", store.hostname, "-p", str(store.port), *user, *words], check=True, capture_output=True,
        text=True, env={**os.environ, "REDISCLI_AUTH": urllib.parse.unquote(store.password or "")}).stdout


def test_events_are_read_and_replayed(browser, public_url):
    chief = operator(public_url, "admin")
    with dead_letter(browser):
        enter(browser, chief, "#events")
        row = "//tr[contains(., 'user.disabled')]"
        wait(browser, shown.presence_of_element_located((By.XPATH, row)))
        letter = browser.find_element(By.XPATH, row).get_attribute("data-row")
        # A short word is not broken.
        assert browser.find_element(By.XPATH, f"{row}//td[@data-head='About']//span").size["height"] < 30
        browser.find_element(By.XPATH, f"{row}//button[normalize-space()='Replay…']").click()
        wait(browser, lambda b: "Consumers do nothing twice" in text_of(b, "dialog.act"))
        click(browser, "dialog.act [type=submit]")
        outcome(browser, f"The event of the letter {letter} is delivered again.")
        wait(browser, lambda b: letter not in text_of(b, "#view"))
        browser.get(f"{public_url}/console#events/console-test")
        wait(browser, lambda b: "No outbox has it any more" in text_of(b, "#view"))

    # What an outbox has is counted before it is published again.
    browser.get(f"{public_url}/console#events")
    press(browser, "Count")
    wait(browser, lambda b: "Choose both times." in text_of(b, "#view"))
    now = time.time()
    for name, moment in (("from", now - 3600), ("until", now + 3600)):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(moment))
        browser.execute_script("arguments[0].value = arguments[1]", browser.find_element(By.NAME, name), stamp)
    type_into(browser, "[name=type]", "email.verified")
    press(browser, "Count")
    wait(browser, lambda b: "would be published again" in text_of(b, "#replay-preview"))
    type_into(browser, "[name=type]", "user.registered")
    press(browser, "Count")
    wait(browser, lambda b: re.search(r"again: [1-9].*\nuser.registered: ", text_of(b, "#replay-preview")))
    browser.find_element(By.XPATH, "//button[starts-with(., 'Publish again:')]").click()
    # The events of the future are not among those that were counted.
    assert "of the type user.registered" in text_of(browser, "dialog.act")
    future = browser.execute_async_script("""
      const done = arguments[1];
      import('/console/format.js').then(({ time }) => done(time(arguments[0])));""", stamp)
    assert f"until {future}".replace("\N{NO-BREAK SPACE}", " ") not in text_of(browser, "dialog.act")
    act(browser, reason="a test")
    outcome(browser, "Events that are published again: ")
    browser.forget_log()


def test_support_sees_no_acts(browser, public_url):
    user, helper = User(public_url), operator(public_url, "support")
    user.buy()
    task = elsewhere(public_url, "GET", "/tasks", user.token)["items"][0]["id"]
    enter(browser, helper)
    harmless = {"Find", "Filter", "Show", "Export CSV", "Load more", "Previous", "Next", "Read the trail",
                "Show refunds", "Show the talk", "Orders", "Ledger", "Talks"}
    views = {
        "overview": "Updated", "live": "New talks may start.", f"users?email={user.email}": "1 in all",
        f"users/{user.id}?email={user.email}": "Available", "tasks": "_mail", f"tasks/{task}": "Failed attempts",
        f"users/{user.id}?part=orders": "₹199", f"users/{user.id}?part=ledger": "Purchase",
        f"tasks?user_id={user.id}": "verification_mail", "types": "care_plan", "events": "session.settler",
        "audit?operator_id=cli:nobody": "No such action.", "audit": "cli:",
    }
    for at, words in views.items():
        browser.get(f"{public_url}/console#{at}")
        wait(browser, lambda b: words in text_of(b, "#view"))
        assert buttons(browser) <= harmless, at
        assert len(browser.find_elements(By.TAG_NAME, "h1")) == 1, at
        for width in (1280, 320):
            narrow(browser, width)
            assert browser.execute_script(SIDEWAYS) <= 0, (at, width)
    is_silent(browser)
