"""/docs: a page that reads /openapi.yaml, under the front door's policy."""
import json
import pathlib

from selenium.webdriver.common.by import By

from test_journey import text_of, wait

DOCUMENT = json.loads((pathlib.Path(__file__).parents[2] / "Web" / "openapi.yaml").read_text(encoding="utf-8"))
OPERATIONS = {operation["operationId"]: (path, operation)
              for path, item in DOCUMENT["paths"].items() for operation in item.values()}


def is_open(browser, name):
    return browser.find_element(By.ID, name).get_attribute("open") is not None


def test_every_operation_is_shown(browser, public_url, shots):
    browser.get(public_url + "/docs")
    wait(browser, lambda b: text_of(b, "#found") == f"{len(OPERATIONS)} operations")
    shown = {node.get_attribute("id") for node in browser.find_elements(By.CSS_SELECTOR, ".operation")}
    assert shown == set(OPERATIONS)
    codes = {row.text for row in browser.find_elements(By.CSS_SELECTOR, "#codes td:first-child")}
    assert codes == set(DOCUMENT["x-error-codes"])
    # Each is built when it is opened.
    browser.execute_script("for (const node of document.querySelectorAll('.operation')) node.open = true")
    wait(browser, lambda b: all(
        len(node.find_elements(By.TAG_NAME, "p")) > 0 for node in b.find_elements(By.CSS_SELECTOR, ".operation")))
    start = browser.find_element(By.ID, "startTalk").text
    for words in ("Idempotency-Key", "take_over", "signed_url", "insufficient_talktime", "Needs access token."):
        assert words in start, start
    browser.save_screenshot(str(shots / "docs.png"))
    assert browser.execute_script("return window.policyViolations") == []


def test_an_operation_has_an_address_and_is_found(browser, public_url):
    browser.get(public_url + "/docs#placeOrder")
    wait(browser, lambda b: b.find_elements(By.ID, "placeOrder") and is_open(b, "placeOrder"))
    browser.find_element(By.ID, "wanted").send_keys("POST /billing/orders")
    wait(browser, lambda b: text_of(b, "#found") != f"{len(OPERATIONS)} operations")
    visible = [node for node in browser.find_elements(By.CSS_SELECTOR, ".operation") if node.is_displayed()]
    assert {node.get_attribute("id") for node in visible} == {"placeOrder", "refundOrder"}
