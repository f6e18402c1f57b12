"""The account on the page: name, devices, trail, the data as a file, and the consent before the first talk."""
import json

import pytest
from selenium.webdriver.common.by import By

from talking import ask, charges_nothing, press, sign_in_elsewhere, with_minutes
from test_journey import click, go, text_of, wait
from test_records import ANSWERS
from test_security import sign_up, type_into

# Keeps the files that the page gives out.
KEEP_FILES = """
window.files = [];
const address = URL.createObjectURL;
URL.createObjectURL = (blob) => { blob.text().then((text) => window.files.push(text)); return address(blob); };
"""


def test_a_name_is_changed_and_removed(browser, public_url):
    address = sign_up(browser, public_url)
    assert text_of(browser, "#name-now") == "none" and text_of(browser, "#email-now") == address
    click(browser, "#name-details summary")
    type_into(browser, "#account-name", "Asha <b>Rao</b>")
    click(browser, "#name-form [type=submit]")
    wait(browser, lambda b: text_of(b, "#name-now") == "Asha <b>Rao</b>")
    assert text_of(browser, "#who") == "Asha <b>Rao</b>" and ask(browser, "/auth/me")["name"] == "Asha <b>Rao</b>"
    click(browser, "#name-details summary")
    type_into(browser, "#account-name", " ")
    click(browser, "#name-form [type=submit]")
    wait(browser, lambda b: text_of(b, "#name-now") == "none")
    assert "name" not in ask(browser, "/auth/me") and text_of(browser, "#who") == address


def test_devices_have_names_and_the_trail_is_whole(browser, public_url):
    address = sign_up(browser, public_url)
    sign_in_elsewhere(public_url, address)
    click(browser, "#devices-details summary")
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, "#devices li")) == 2)
    here, there = browser.find_elements(By.CSS_SELECTOR, "#devices li")
    assert "Chrome on Linux" in here.text and "this one" in here.text and not here.find_elements(By.TAG_NAME, "button")
    assert "A script" in there.text
    click(browser, "#end-others")
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, "#devices li")) == 1)
    assert not browser.find_element(By.ID, "end-others").is_displayed()
    click(browser, "#trail-details summary")
    wait(browser, lambda b: "Device signed out" in text_of(b, "#trail") and "by password" in text_of(b, "#trail"))

    events = [{"at": f"2026-10-{30 - day:02}T10:00:00Z", "kind": "signed_in", "detail": "pwd otp"} for day in range(25)]
    browser.execute_script("{" + ANSWERS % json.dumps({"/auth/trail": events}) + "}")
    for _ in range(2):
        click(browser, "#trail-details summary")
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, "#trail li")) == 21)
    assert "by password, by a code of the app" in text_of(browser, "#trail li")
    click(browser, "#trail button")
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, "#trail li")) == 25)
    assert browser.switch_to.active_element == browser.find_elements(By.CSS_SELECTOR, "#trail li")[20]


def test_the_data_of_all_services_are_in_one_file(browser, public_url):
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "{" + KEEP_FILES + "}"})
    with_minutes(browser, public_url)
    go(browser, "account")
    click(browser, "#export")
    wait(browser, lambda b: "in your downloads" in text_of(b, "#export-state"))
    [text] = wait(browser, lambda b: b.execute_script("return window.files"))
    data = json.loads(text)
    assert data["account"]["user"]["name"] == "Asha" and data["account"]["trail"]
    assert data["balance"]["available_ms"] == 600_000 and [line["kind"] for line in data["ledger"]] == ["purchase"]
    assert [order["status"] for order in data["orders"]] == ["paid"]
    assert set(data) == {"account", "balance", "buyer", "orders", "ledger", "talks", "care_plans", "tasks"}


# The server asks for the consent until it is given; nothing is configured here.
ASKS_FOR_CONSENT = """
const plain = window.fetch;
Object.assign(window, { consents: [], isOutdated: true });
const refusal = (status, code) => Promise.resolve(new Response(JSON.stringify({ status, code, version: '2026-11', detail: code }), {
  status, headers: { 'Content-Type': 'application/problem+json' } }));
window.fetch = (path, options = {}) => {
  const key = `${options.method || 'GET'} ${path}`;
  if (key === 'POST /sessions' && !window.consents.length) return refusal(403, 'consent_required');
  if (key !== 'POST /auth/consent') return plain(path, options);
  if (window.isOutdated) return refusal(409, 'consent_outdated');
  window.consents.push(JSON.parse(options.body).version);
  return Promise.resolve(new Response(null, { status: 204 }));
};
"""


def test_a_talk_needs_the_consent_to_the_present_text(browser, public_url):
    with_minutes(browser, public_url, ASKS_FOR_CONSENT)
    press(browser, "start")
    words = wait(browser, lambda b: text_of(b, "#consent") if b.find_elements(By.CSS_SELECTOR, "#consent[open]") else None)
    assert "recorded" in words and "Another AI" in words and "Version 2026-11" in words
    click(browser, "#consent button.quiet")
    wait(browser, lambda b: not b.find_elements(By.ID, "consent"))
    assert browser.execute_script("return window.consents.length") == 0

    press(browser, "start")
    click(browser, "#consent [type=submit]")
    wait(browser, lambda b: "changed meanwhile" in text_of(b, "#alerts"))
    browser.execute_script("window.isOutdated = false; window.asked.length = 0")
    assert charges_nothing(browser)
    press(browser, "start")
    click(browser, "#consent [type=submit]")
    wait(browser, lambda b: text_of(b, "#talk-state") == "You are talking.", 40)
    assert browser.execute_script("return window.consents") == ["2026-11"]
    click(browser, "#hang-up")
    wait(browser, lambda b: "You hung up" in text_of(b, "#talk-state"))
    browser.forget_log()


def product(one, other):
    """In GF(256), by shifts, as the reduction of a long product."""
    result = 0
    for place in range(8):
        if other >> place & 1:
            result ^= one << place
    for place in range(15, 7, -1):
        if result >> place & 1:
            result ^= 0x11D << place - 8
    return result


def read_code(rows):
    """The text of a QR code of one block (versions 1 to 5, level L), as a scanner reads it."""
    size = len(rows)
    version = (size - 17) // 4
    fifteen = [rows[y][8] for y in (0, 1, 2, 3, 4, 5, 7, 8)] + [rows[8][x] for x in (7, 5, 4, 3, 2, 1, 0)]
    told = sum(bit << place for place, bit in enumerate(fifteen)) ^ 0x5412
    assert told >> 13 == 1
    mask = [
        lambda x, y: (x + y) % 2, lambda x, y: y % 2, lambda x, y: x % 3, lambda x, y: (x + y) % 3, lambda x, y: (x // 3 + y // 2) % 2,
        lambda x, y: x * y % 2 + x * y % 3, lambda x, y: (x * y % 2 + x * y % 3) % 2, lambda x, y: ((x + y) % 2 + x * y % 3) % 2,
    ][told >> 10 & 7]

    def is_pattern(x, y):
        is_corner = (x < 9 and (y < 9 or y > size - 9)) or (y < 9 and x > size - 9)
        is_alignment = version > 1 and abs(x - (size - 7)) < 3 and abs(y - (size - 7)) < 3
        return is_corner or is_alignment or x == 6 or y == 6

    columns = [x for x in range(size - 1, 0, -2) if x > 6] + [5, 3, 1]
    bits = []
    for turn, right in enumerate(columns):
        for y in range(size) if turn % 2 else reversed(range(size)):
            bits += [rows[y][x] ^ (mask(x, y) == 0) for x in (right, right - 1) if not is_pattern(x, y)]
    words = [int("".join(str(int(bit)) for bit in bits[place:place + 8]), 2) for place in range(0, len(bits) - 7, 8)]
    # The words with their correction are a multiple of the generator: nought at each of its roots.
    root = 1
    for _ in range([7, 10, 15, 20, 26][version - 1]):
        value = 0
        for word in words:
            value = product(value, root) ^ word
        assert value == 0
        root = product(root, 2)
    text = "".join(f"{word:08b}" for word in words)
    assert text[:4] == "0100"
    return bytes(int(text[place:place + 8], 2) for place in range(12, 12 + 8 * int(text[4:12], 2), 8)).decode()


@pytest.mark.parametrize("text", ["hi", "otpauth://totp/T:a?secret=AB", "Größe " * 13, "x" * 106])
def test_a_qr_code_is_read_back(browser, public_url, text):
    browser.get(public_url)
    rows = browser.execute_async_script(
        "import('/page/qr-code.js').then(({ modulesOf }) => arguments[1](modulesOf(arguments[0])))", text)
    assert read_code(rows) == text
