"""A whole journey by keyboard alone: no pointer, and no focus that a script sets."""
import uuid

from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from test_care_plan import open_dialogs
from test_journey import milliseconds, text_of, wait

PASSWORD = "a quiet mountain lake"
FOCUSED = """
const node = document.activeElement;
return node.id || node.name || Object.keys(node.dataset).find((key) => !key.startsWith('words')) || node.className || node.tagName;
"""
TEXT = "return document.activeElement.textContent.trim()"
# What cannot be seen while it has the focus: it is nowhere, or has no ring.
UNSEEN = """
const node = document.activeElement;
const box = node.getBoundingClientRect();
const isRinged = getComputedStyle(node).outlineStyle !== 'none';
return box.width > 0 && box.height > 0 && box.left >= 0 && isRinged ? '' : node.outerHTML;
"""


def press(browser, *keys):
    """Keys without an element: they go to whatever has the focus."""
    ActionChains(browser).send_keys(*keys).perform()


def tab_to(browser, name, back=False, of=FOCUSED):
    """Tabs until the element has the focus; gives the stops on the way, each of which could be seen. `of` names them."""
    stops = []
    for _ in range(60):
        if back:
            ActionChains(browser).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
        else:
            press(browser, Keys.TAB)
        stops.append(browser.execute_script(of))
        assert browser.execute_script(UNSEEN) == "", stops
        if stops[-1] == name:
            return stops
    raise AssertionError(f"{name} is not reached: {stops}")


def test_a_journey_by_keyboard(browser, public_url):
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    # The first stop leads past the header.
    assert tab_to(browser, "skip") == ["skip"]
    press(browser, Keys.ENTER)
    wait(browser, lambda b: b.execute_script(FOCUSED) == "main")
    # The tabs are one stop, and the fields come in the order in which they stand.
    stops = tab_to(browser, "password")
    assert [stop for stop in stops if stop in ("tab-register", "tab-login", "name", "email", "password")] == [
        "tab-register", "name", "email", "password"]
    tab_to(browser, "email", back=True)
    press(browser, f"keys-{uuid.uuid4().hex[:10]}@example.com", Keys.TAB, PASSWORD, Keys.ENTER)

    wait(browser, lambda b: b.find_elements(By.ID, "clock") and text_of(b, "#clock") == "0:00")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-pack]")))
    wait(browser, lambda b: b.execute_script(FOCUSED) == "talk-title")
    # Without minutes the talk leads to the packs.
    tab_to(browser, "add-minutes")
    press(browser, Keys.ENTER)
    wait(browser, lambda b: b.execute_script(FOCUSED) == "packs-title")
    tab_to(browser, "pack")
    press(browser, Keys.ENTER)
    # The checkout takes the focus into its frame.
    frame = wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "iframe")))
    wait(browser, lambda b: b.execute_script("return document.activeElement === arguments[0]", frame))
    browser.switch_to.frame(frame)
    wait(browser, shown.element_to_be_clickable((By.ID, "pay")))
    press(browser, Keys.TAB)
    wait(browser, lambda b: b.switch_to.active_element.get_attribute("id") == "pay")
    press(browser, Keys.ENTER)
    browser.switch_to.default_content()
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")

    # From the heading beside the pack that was bought back to the talk, which stands before it.
    wait(browser, lambda b: b.execute_script(FOCUSED) == "packs-title")
    tab_to(browser, "start", back=True)
    press(browser, Keys.ENTER)
    wait(browser, lambda b: text_of(b, "#talk-state") == "You are talking.", 40)
    tab_to(browser, "say-text")
    press(browser, "I sleep badly.", Keys.ENTER)
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.user")))
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) <= 597_000)
    tab_to(browser, "hang-up")
    press(browser, Keys.ENTER)
    wait(browser, lambda b: "You hung up" in text_of(b, "#talk-state"))

    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-plan]")))
    while browser.execute_script("return document.activeElement.getAttribute('href')") != "/talks":
        tab_to(browser, "A", back=True)
    press(browser, Keys.ENTER)
    wait(browser, lambda b: b.execute_script(FOCUSED) == "history-title")
    tab_to(browser, "plan")
    press(browser, Keys.ENTER)
    wait(browser, lambda b: len(open_dialogs(b)) == 1)
    wait(browser, lambda b: b.execute_script("return document.getElementById('plan').contains(document.activeElement)"))
    press(browser, Keys.ESCAPE)
    wait(browser, lambda b: open_dialogs(b) == [])
    # The dialog gives the focus back to what opened it.
    wait(browser, lambda b: b.execute_script(FOCUSED) == "plan")
    tab_to(browser, "sign-out", back=True)
    press(browser, Keys.ENTER)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.forget_log()
