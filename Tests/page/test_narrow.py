"""Lists and receipts on a phone: nothing is cut off."""
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from people import customer
from test_journey import click, go, shoot, wait

SIDEWAYS = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What reaches out of the window or is cut by an element around it.
CUT = """
return [...document.querySelectorAll('#purchases td > div, #purchases button, #purchases .scroll')].filter((node) => {
  const box = node.getBoundingClientRect();
  return box.left < 0 || box.right > document.documentElement.clientWidth || node.scrollWidth > node.clientWidth + 1;
}).map((node) => node.textContent);
"""


def narrow(browser, width):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": False})


@pytest.mark.parametrize("width", [390, 320])
def test_a_purchase_and_its_receipt_fit(browser, public_url, shots, width):
    customer(browser, public_url)
    narrow(browser, width)
    go(browser, "purchases")
    wait(browser, shown.element_to_be_clickable((By.CSS_SELECTOR, "[data-receipt]")))
    # The list may be drawn anew meanwhile.
    browser.execute_script("document.querySelector('[data-receipt]').scrollIntoView({ block: 'center' })")
    shoot(browser, shots, f"purchases-{width}")
    assert browser.execute_script(CUT) == []
    assert browser.execute_script(SIDEWAYS) <= 0
    # A date is one line or two.
    when = browser.find_element(By.CSS_SELECTOR, "#purchases td > div")
    assert when.size["height"] <= 60
    assert [cell.get_attribute("data-head") for cell in browser.find_elements(By.CSS_SELECTOR, "#purchases td")] == [
        "When", "Minutes", "Price", "Status", ""]

    home = browser.current_window_handle
    click(browser, "[data-receipt]")
    wait(browser, lambda b: len(b.window_handles) == 2)
    browser.switch_to.window(next(handle for handle in browser.window_handles if handle != home))
    narrow(browser, width)
    wait(browser, lambda b: "\u20b9199.00" in b.find_element(By.TAG_NAME, "body").text)
    shoot(browser, shots, f"receipt-{width}")
    assert browser.execute_script(SIDEWAYS) <= 0
    browser.execute_script("window.policyViolations = []")
    browser.forget_log()
