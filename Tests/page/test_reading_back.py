"""The conversation of a talk can be read back while it goes on, with the keyboard too."""
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from people import customer
from test_care_plan import talk
from test_journey import wait
from test_narrow import narrow

PLACE = "const list = document.getElementById('lines'); return [list.scrollTop, list.scrollHeight - list.clientHeight]"


def say(browser, text):
    """Writes to the agent, and waits for its answer."""
    before = len(browser.find_elements(By.CSS_SELECTOR, "#lines li"))
    browser.find_element(By.ID, "say-text").send_keys(text + "\n")
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, "#lines li")) >= before + 2)


def test_a_new_line_does_not_pull_the_reader_down(browser, public_url):
    customer(browser, public_url)
    talk(browser)
    say(browser, "I would like to walk more. " * 60)
    place, end = browser.execute_script(PLACE)
    assert end > 100 and abs(place - end) <= 2
    lines = browser.find_element(By.ID, "lines")
    browser.execute_script("arguments[0].focus()", lines)
    assert browser.switch_to.active_element == lines
    lines.send_keys(Keys.HOME)
    wait(browser, lambda b: b.execute_script(PLACE)[0] == 0)
    say(browser, "And to sleep.")
    assert browser.execute_script(PLACE)[0] == 0
    # At the end the newest line is shown again.
    browser.execute_script("arguments[0].scrollTop = arguments[0].scrollHeight", lines)
    say(browser, "That is all.")
    place, end = browser.execute_script(PLACE)
    assert abs(place - end) <= 2
    # So it is when the list gets less room, as on a phone that is turned.
    narrow(browser, 390)
    wait(browser, lambda b: abs(b.execute_script("const list = document.getElementById('lines'); return list.scrollHeight - list.clientHeight - list.scrollTop")) <= 2)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
