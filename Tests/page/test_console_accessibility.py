"""The console for everybody: axe-core finds nothing in it, and an operator's work is done by keyboard alone."""
import uuid

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from test_accessibility import faults
from test_console import (
    PASSWORD, User, act, buttons, code, enter, is_silent, operator, outcome, press, sql, talking, talktime, type_into)
from test_console_acts import balance, dead_letter, tasks_of, user_with_failed_task
from test_journey import click, text_of, wait
from test_keyboard import FOCUSED, TEXT, press as keys, tab_to

NETWORK = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


def entries(browser, public_url):
    """What is seen without an operator's rights."""
    browser.get(public_url + "/console")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    yield "sign-in"
    user = User(public_url)
    type_into(browser, "#entry-form [name=email]", user.email)
    type_into(browser, "#entry-form [name=password]", "not this one" + Keys.ENTER)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-error")))
    yield "sign-in, refused"
    enter(browser, user)
    wait(browser, lambda b: "You are not an operator" in text_of(b, "#view"))
    yield "no operator"
    press(browser, "Sign out")
    user.prove_address()
    talktime("operator", "add", user.email)
    enter(browser, user)
    wait(browser, lambda b: "had no second factor" in text_of(b, "#view"))
    yield "no second factor"
    press(browser, "Sign out")
    chief = operator(public_url, "support")
    type_into(browser, "#entry-form [name=email]", chief.email)
    type_into(browser, "#entry-form [name=password]", PASSWORD + Keys.ENTER)
    wait(browser, shown.visibility_of_element_located((By.ID, "factor-form")))
    yield "code"
    type_into(browser, "#factor-form [name=code]", "000000" + Keys.ENTER)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-error")))
    yield "code, refused"


def views(browser, public_url):
    """Each view, full and empty."""
    user = User(public_url)
    user.buy()
    # The receipt is mailed by a task, which an event leads to.
    task = wait(browser, lambda _: tasks_of(user))[0]["id"]
    chief = operator(public_url, "admin")
    with talking(user) as live, dead_letter(browser):
        enter(browser, chief)
        at = {
            "overview": "Updated", "live": live, f"talks/{live}": "Charged so far",
            "users": "The whole address", f"users?email={user.email}": "Last sign-in",
            "users?email=nobody@example.com": "No account has this address.",
            f"users/{user.id}?email={user.email}": "charged ", f"users/{user.id}?part=ledger": "Also what was held",
            f"users/{user.id}?part=talks": "live", "audit": "The newest first", "tasks": "_mail",
            "tasks?state=completed": "_mail", "tasks?error_code=none": "No such task.", f"tasks/{task}": "Failed attempts",
            "types": "care_plan", "events": "user.disabled", "events/console-test": "No outbox has it any more",
            f"tasks/{uuid.uuid4()}": "There is no such thing", "nowhere": "There is no such view",
        }
        for path, words in at.items():
            browser.get(f"{public_url}/console#{path}")
            wait(browser, lambda b: words in text_of(b, "#view"))
            yield path.split("?")[0]
        browser.get(f"{public_url}/console#users/{user.id}?email={user.email}")
        press(browser, "Read the trail")
        wait(browser, lambda b: "Registered" in text_of(b, "#view"))
        yield "trail"
    wait(browser, lambda b: user.post(f"/sessions/{live}/end")["settled"], 40)
    browser.get(f"{public_url}/console#talks/{live}")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, ".verdict")))
    yield "proof of a talk"
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **NETWORK})
    browser.execute_script("location.hash = '#types'")
    wait(browser, lambda b: "There is no connection just now." in text_of(b, "#view"))
    yield "offline"
    browser.execute_script("window.fetch = () => new Promise(() => {})")
    browser.execute_script("location.hash = '#live'")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, ".waiting")))
    yield "loading"
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **NETWORK})


def acts(browser, public_url):
    """Each dialog."""
    user = User(public_url)
    order = user.buy()
    chief = operator(public_url, "admin")

    def asked(button, within="view"):
        press(browser, button, within)
        wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "dialog.act")))
        return button

    def by_label(label):
        click(browser, f"[aria-label='{label}']")
        wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "dialog.act")))
        return label

    def cancel():
        press(browser, "Cancel", "act")

    enter(browser, chief, f"#users/{user.id}?email={user.email}")
    moment = "UPDATE devices SET authenticated_at = now() - interval '{}' WHERE user_id = :'id'"
    sql(moment.format("1 hour"), id=chief.id)
    browser.refresh()
    yield asked("Grant minutes…")
    click(browser, "dialog.act [type=submit]")
    wait(browser, lambda b: "This is needed." in text_of(b, "dialog.act"))
    yield "what is missing"
    act(browser, talktime_ms="2.5", reason="a gift")
    wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, ".proof")))
    yield "proof"
    type_into(browser, ".proof [name=proof]", "000000" + Keys.ENTER)
    wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, ".proof .error")))
    yield "proof, refused"
    click(browser, ".proof [data-part=close]")
    wait(browser, lambda b: "you did not confirm" in text_of(b, "dialog.act"))
    yield "an act that is refused"
    sql(moment.format("0"), id=chief.id)
    browser.refresh()
    press(browser, "Grant minutes…")
    act(browser, talktime_ms="2.5", reason="a gift")
    outcome(browser, "Granted 2:30")
    yield "an outcome"
    for button in ("Adjust…", "Freeze…", "Disable…"):
        yield asked(button)
        cancel()
    browser.find_element(By.XPATH, "//label[starts-with(., 'Order')]//input").send_keys(order + Keys.ENTER)
    yield asked("Refund…")
    cancel()
    browser.get(f"{public_url}/console#live")
    yield asked("Let no new talk start…")
    cancel()
    browser.get(f"{public_url}/console#tasks?state=completed")
    press(browser, "Preview")
    wait(browser, lambda b: "Tasks that would be tried again" in text_of(b, "#preview"))
    yield "preview, none"
    browser.get(f"{public_url}/console#types")
    for label in ("Pause debit_note_mail", "Limit debit_note_mail"):
        yield by_label(label)
        cancel()
    with dead_letter(browser):
        browser.get(f"{public_url}/console#events")
        press(browser, "Count")
        wait(browser, lambda b: "Choose both times." in text_of(b, "#view"))
        yield "no times"
        yield asked("Replay…")
        cancel()
    # A failed task, its preview and its dialogs.
    _, failed = user_with_failed_task(browser, public_url)
    browser.get(f"{public_url}/console#tasks?state=failed&error_code={failed['error_code']}")
    press(browser, "Preview")
    click(browser, "#preview .primary")
    wait(browser, shown.visibility_of_element_located((By.CSS_SELECTOR, "dialog.act")))
    yield "preview and act"
    cancel()
    browser.get(f"{public_url}/console#tasks/{failed['id']}")
    yield asked("Retry…")
    act(browser, reason="the fault is mended")
    outcome(browser, "The task is tried again.")


@pytest.mark.parametrize("lead", [entries, views, acts])
def test_axe_finds_nothing(browser, public_url, lead):
    found = []
    for view in lead(browser, public_url):
        found += faults(browser, view)
    browser.forget_log()
    assert found == [], "\n" + "\n".join(found)


def test_an_operators_work_by_keyboard(browser, public_url):
    user, failed = user_with_failed_task(browser, public_url)
    chief = operator(public_url, "admin")
    browser.get(public_url + "/console")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    assert tab_to(browser, "email")[0] == "skip"
    keys(browser, chief.email, Keys.TAB, PASSWORD, Keys.ENTER)
    wait(browser, lambda b: b.execute_script(FOCUSED) == "code")
    keys(browser, code(chief.secret), Keys.ENTER)
    heading = lambda text: wait(browser, lambda b: b.execute_script(  # noqa: E731
        "return document.activeElement.matches('h1, h2') && document.activeElement.textContent") == text)
    heading("Overview")
    browser.forget_log()

    # A user is found, and gets minutes.
    tab_to(browser, "Users", back=True, of=TEXT)
    keys(browser, Keys.ENTER)
    heading("Users")
    tab_to(browser, "user-email")
    keys(browser, user.email, Keys.ENTER)
    heading(f"Accounts of {user.email}")
    wait(browser, shown.presence_of_element_located((By.LINK_TEXT, user.email)))
    tab_to(browser, user.email, of=TEXT)
    keys(browser, Keys.ENTER)
    heading(user.email)
    wait(browser, lambda b: "Grant minutes…" in buttons(b))
    tab_to(browser, "Grant minutes…", of=TEXT)
    keys(browser, Keys.ENTER)
    wait(browser, lambda b: b.execute_script(FOCUSED) == "act-talktime_ms")
    keys(browser, "2.5", Keys.TAB, "a gift", Keys.ENTER)
    outcome(browser, f"Granted 2:30 to {user.email}.")
    assert balance(user)["available_ms"] == 150_000
    wait(browser, lambda b: b.execute_script(TEXT) == "Grant minutes…")
    # Who does not want it after all is where they were.
    tab_to(browser, "Freeze…", of=TEXT)
    keys(browser, Keys.ENTER)
    wait(browser, lambda b: b.execute_script(FOCUSED) == "act-reason")
    keys(browser, Keys.ESCAPE)
    wait(browser, lambda b: b.execute_script(TEXT) == "Freeze…")

    # A task is found by its state and error, and tried again.
    tab_to(browser, "Tasks", back=True, of=TEXT)
    keys(browser, Keys.ENTER)
    heading("Tasks")
    tab_to(browser, "state")
    keys(browser, "failed")
    tab_to(browser, "error_code")
    keys(browser, failed["error_code"], Keys.ENTER)
    heading("Tasks of this filter, the newest first")
    assert "state=failed" in browser.current_url
    wait(browser, shown.presence_of_element_located((By.LINK_TEXT, failed["id"][-8:])))
    tab_to(browser, failed["id"][-8:], of=TEXT)
    keys(browser, Keys.ENTER)
    heading("Task")
    wait(browser, lambda b: "Retry…" in buttons(b))
    tab_to(browser, "Retry…", of=TEXT)
    keys(browser, Keys.ENTER)
    wait(browser, lambda b: b.execute_script(FOCUSED) == "act-reason")
    keys(browser, "the fault is mended", Keys.ENTER)
    outcome(browser, "The task is tried again.")
    wait(browser, lambda b: all(task["state"] == "completed" for task in tasks_of(user)), 40)
    tab_to(browser, "sign-out", back=True)
    keys(browser, Keys.ENTER)
    wait(browser, lambda b: b.execute_script(FOCUSED) == "entry-title")
    is_silent(browser)
