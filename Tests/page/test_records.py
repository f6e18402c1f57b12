"""A person's records, in pages: talks with their chart, purchases, and the months that are chosen from."""
import datetime
import json

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from test_buying import sign_up
from test_journey import click, text_of, wait

# Answers for the server: a list in pages, anything else as it is. `reads` notes what was asked, `isDown` is no network.
ANSWERS = """
const plain = window.fetch;
const answers = %s;
Object.assign(window, { reads: [], isDown: false });
window.fetch = (path, options = {}) => {
  const { pathname, searchParams } = new URL(path, location.href);
  const answer = (options.method || 'GET') === 'GET' ? answers[pathname] : undefined;
  if (answer === undefined) return plain(path, options);
  window.reads.push(String(path));
  if (window.isDown) return Promise.reject(new TypeError('Failed to fetch'));
  const [start, limit] = [Number(searchParams.get('cursor') ?? 0), Number(searchParams.get('limit') ?? 20)];
  const found = Array.isArray(answer)
    ? { items: answer.slice(start, start + limit), next_cursor: start + limit < answer.length ? String(start + limit) : null }
    : answer[searchParams.get('cursor') ?? 'first'] ?? answer;
  return Promise.resolve(new Response(JSON.stringify(found), { headers: { 'Content-Type': 'application/json' } }));
};
"""


def answering(browser, public_url, answers, path="/"):
    """The page of a new user to whom the server answers so."""
    sign_up(browser, public_url)
    browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": "{" + ANSWERS % json.dumps(answers) + "}"})
    browser.get(public_url + path)


def talks(count):
    """One a day, each of a minute, the newest first. The newest is a few seconds old: an hour ago may be yesterday."""
    now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=5)
    days = [now - datetime.timedelta(days=day) for day in range(count)]
    return [{
        "id": f"{number:021}A", "state": "ended", "settled": True, "end_reason": "user", "charged_ms": 60_000,
        "created_at": day.isoformat(), "ended_at": day.isoformat(),
    } for number, day in enumerate(days)]


def rows(browser, place):
    return browser.find_elements(By.CSS_SELECTOR, f"{place} tbody tr")


def test_all_talks_are_reached_and_drawn(browser, public_url):
    items = talks(70)
    answering(browser, public_url, {"/sessions": items}, "/talks")
    wait(browser, lambda b: len(rows(b, "#history")) == 20)
    older = browser.find_element(By.CSS_SELECTOR, "#history .older button")
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", older)
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#minutes rect.bar"))
    bars = browser.find_elements(By.CSS_SELECTOR, "#minutes rect.bar")
    assert len(bars) == 30
    drawn = browser.find_element(By.CSS_SELECTOR, "#minutes svg")
    assert drawn.get_attribute("role") == "img" and "30:00 in all" in drawn.get_attribute("aria-label")
    click(browser, "#minutes summary")
    assert len(rows(browser, "#minutes")) == 30
    click(browser, "#minutes summary")
    click(browser, ".units label:last-child")
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, "#minutes rect.bar")) == 12)

    # The drawing knows more of them than the list shows.
    assert len(rows(browser, "#history")) == 20
    for count in (40, 60, 70):
        click(browser, "#history .older button")
        wait(browser, lambda b: len(rows(b, "#history")) == count)
        # Who reads on comes to the first of those that were added.
        assert browser.switch_to.active_element.get_attribute("data-talk") == items[(count - 1) // 20 * 20]["id"]
    assert not browser.find_elements(By.CSS_SELECTOR, "#history .older")

    first = items[-1]["created_at"][:7]
    options = [option.get_attribute("value") for option in Select(browser.find_element(By.ID, "history-month")).options]
    assert options[0] == "" and options[1] == items[0]["created_at"][:7]
    # The account is new, so that no older month is offered.
    browser.execute_script("""
      const field = document.getElementById('history-month');
      field.append(new Option('older', arguments[0]));
      field.value = arguments[0];
      field.dispatchEvent(new Event('change'));""", first)
    expected = [item["id"] for item in items if item["created_at"].startswith(first)]
    shown = lambda b: [a.get_attribute("data-talk") for a in b.find_elements(By.CSS_SELECTOR, "#history [data-talk]")]  # noqa: E731
    wait(browser, lambda b: shown(b) == expected)
    assert not browser.find_elements(By.CSS_SELECTOR, "#history .older")


def test_a_list_without_a_connection_is_tried_again(browser, public_url):
    answering(browser, public_url, {"/sessions": talks(3)}, "/talks")
    wait(browser, lambda b: len(rows(b, "#history")) == 3)
    browser.execute_script("window.isDown = true")
    field = Select(browser.find_element(By.ID, "history-month"))
    field.select_by_index(1)
    wait(browser, lambda b: "no connection" in text_of(b, "#history"))
    browser.execute_script("window.isDown = false; dispatchEvent(new Event('online'))")
    wait(browser, lambda b: rows(b, "#history"))


def test_all_purchases_are_reached(browser, public_url):
    now = datetime.datetime.now(datetime.timezone.utc)
    orders = [{
        "id": f"00000000-0000-4000-8000-{number:012}", "amount": 19_900, "currency": "INR", "key_id": "key", "pack_id": "ten-minutes",
        # Only every second one was paid.
        "status": "expired" if number % 2 else "paid", "talktime_ms": 600_000, "tax_rate": "18",
        "created_at": (now - datetime.timedelta(days=number)).isoformat(),
    } for number in range(50)]
    answering(browser, public_url, {"/billing/transactions": orders}, "/purchases")
    wait(browser, lambda b: len(rows(b, "#purchases")) == 10)
    for count in (20, 25):
        click(browser, "#purchases .actions button")
        wait(browser, lambda b: len(rows(b, "#purchases")) == count)
    assert not browser.find_elements(By.CSS_SELECTOR, "#purchases .actions button")
    receipts = [button.get_attribute("data-receipt") for button in browser.find_elements(By.CSS_SELECTOR, "#purchases [data-receipt]")]
    assert receipts == [order["id"] for order in orders if order["status"] == "paid"]


def entry(number, kind, amount, after, owed=0):
    return {
        "id": str(number), "kind": kind, "amount_ms": amount, "owed_change_ms": owed, "balance_after_ms": after,
        "reference": f"test:{number}", "created_at": f"2026-10-0{number}T10:00:00Z",
    }


ORDER = "00000000-0000-4000-8000-000000000001"
STATEMENT = {
    "month": "2026-10", "time_zone": "Asia/Kolkata", "from": "2026-09-30T18:30:00Z", "until": "2026-10-31T18:30:00Z",
    "opening_balance_ms": 1_400, "opening_owed_ms": 0, "closing_balance_ms": 0, "closing_owed_ms": 27_300,
    "minutes": {"bought_ms": 600_000, "granted_ms": 60_000, "spent_ms": -125_400, "refunded_ms": -536_400, "adjusted_ms": -26_900},
    "money": [{"currency": "INR", "paid": 19_900, "refunded": 17_790}],
}
FIRST = {
    **STATEMENT, "next_cursor": "second", "other_entries": [entry(1, "grant", 60_000, 61_400)],
    "payments": [{"kind": "payment", "order_id": ORDER, "amount": 19_900, "currency": "INR", "receipt": "TT2627-0000007",
                  "entry": entry(2, "purchase", 600_000, 661_400)}],
    "talks": [{"session_id": f"{7:021}A", "started_at": "2026-10-03T09:00:00Z", "ended_at": "2026-10-03T09:03:00Z",
               "charged_ms": 125_400, "entry": entry(3, "settlement", -125_400, 536_000)}],
}
SECOND = {
    **STATEMENT, "next_cursor": None, "talks": [], "other_entries": [entry(5, "adjustment", 0, 0, owed=26_900)],
    "payments": [{"kind": "refund", "order_id": ORDER, "amount": 17_790, "currency": "INR", "credit_note": "CN2627-0000002",
                  "entry": entry(4, "refund", -536_000, 0, owed=400)}],
}


def test_a_statement_adds_up_and_prints_whole(browser, public_url):
    answering(browser, public_url, {"/billing/statement": {"first": FIRST, "second": SECOND}}, "/statement/2026-10")
    wait(browser, lambda b: len(rows(b, "#statement")) == 3)
    assert "October 2026" in browser.title and "October 2026" in text_of(browser, "#statement-title")
    figures = {
        line.find_element(By.TAG_NAME, "dt").text: line.find_element(By.TAG_NAME, "dd").text
        for line in browser.find_elements(By.CSS_SELECTOR, "#statement .totals > div")}
    assert figures == {
        "Opening balance": "0:01.400", "Bought": "+10:00.000", "Given to you": "+1:00.000", "Talked": "\u22122:05.400",
        "Taken by refunds": "\u22128:56.400", "Corrected": "\u22120:26.900",
        "Still owed at the end": "+0:27.300", "Closing balance": "0:00.000"}
    assert "of which \u20b9177.90 went back" in text_of(browser, "#statement")
    assert "TT2627-0000007" in rows(browser, "#statement")[1].text
    link = rows(browser, "#statement")[2].find_element(By.TAG_NAME, "a")
    assert link.get_attribute("href") == f"{public_url}/talks/{7:021}A"

    browser.execute_script("window.print = () => { window.printed = document.querySelectorAll('#statement tbody tr').length; }")
    click(browser, "#print-statement")
    wait(browser, lambda b: b.execute_script("return window.printed") == 5)
    last = rows(browser, "#statement")
    assert "CN2627-0000002" in last[3].text and "0:00.400 more is owed" in last[3].text and "\u2212\u20b9177.90" in last[3].text
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    wait(browser, lambda b: not b.find_element(By.ID, "print-statement").is_displayed())
    assert not browser.find_element(By.CSS_SELECTOR, ".bar").is_displayed()
    assert "@example.com" in text_of(browser, "#statement .only-print")


def test_a_page_of_a_statement_is_read_once(browser, public_url):
    answering(browser, public_url, {"/billing/statement": {"first": FIRST, "second": SECOND}}, "/statement/2026-10")
    wait(browser, lambda b: len(rows(b, "#statement")) == 3)
    browser.execute_script("""
      window.print = () => { window.printed = document.querySelectorAll('#statement tbody tr').length; };
      document.querySelector('#statement .actions button').click();
      document.getElementById('print-statement').click();""")
    wait(browser, lambda b: b.execute_script("return window.printed") == 5)
    reads = browser.execute_script("return window.reads")
    assert len([path for path in reads if "cursor=second" in path]) == 1
    assert browser.find_element(By.ID, "print-statement").is_enabled()


def test_a_month_that_has_not_begun(browser, public_url):
    sign_up(browser, public_url)
    browser.get(public_url + "/statement/2199-01")
    wait(browser, lambda b: b.find_elements(By.ID, "statement") and "has not begun" in text_of(b, "#statement"))
    # The present one is chosen from the list, and the address follows.
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=5, minutes=30))).strftime("%Y-%m")
    Select(browser.find_element(By.ID, "statement-month")).select_by_value(now)
    wait(browser, lambda b: "Nothing happened in this month." in text_of(b, "#statement"))
    assert browser.current_url == f"{public_url}/statement/{now}"
    browser.forget_log()
