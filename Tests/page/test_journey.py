"""A user's whole journey: sign up, buy, talk, hang up, and read the plan that came by mail."""
import re
import time
import uuid

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.support.ui import WebDriverWait


def wait(browser, condition, seconds=20):
    """Looks until the condition holds. What is drawn anew during a look is looked at again; what is drawn anew under a
    press still fails the press."""
    return WebDriverWait(
        browser, seconds, poll_frequency=0.1,
        ignored_exceptions=[NoSuchElementException, StaleElementReferenceException]).until(condition)


def click(browser, selector):
    wait(browser, shown.element_to_be_clickable((By.CSS_SELECTOR, selector))).click()


def go(browser, view):
    """Goes to a view of somebody who is signed in: `talk`, `talks`, `purchases` or `account`."""
    click(browser, f"#views a[href='/{view}']")
    wait(browser, lambda b: b.find_element(By.CSS_SELECTOR, f"#views a[href='/{view}']").get_attribute("aria-current") == "page")


def text_of(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector).text


def milliseconds(clock):
    parts = [int(part) for part in clock.split(":")]
    return 1000 * sum(part * 60**place for place, part in enumerate(reversed(parts)))


def mail_to(sandbox, address, pattern):
    """The newest mail to the address whose subject matches; waits for it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for mail in sandbox(f"/control/mailjet/inbox?to={address}")["items"]:
            if re.search(pattern, mail["subject"], re.I):
                return mail
        time.sleep(0.2)
    raise AssertionError(f"no mail like {pattern!r} came to {address}")


def shoot(browser, shots, name):
    browser.save_screenshot(str(shots / f"{name}.png"))


def pay(browser):
    """Razorpay's checkout opens in a frame of its own."""
    frame = wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "iframe")))
    browser.switch_to.frame(frame)
    click(browser, "#pay")
    browser.switch_to.default_content()


def read_receipt(browser, public_url, shots):
    """It opens in a tab of its own."""
    home = browser.current_window_handle
    go(browser, "purchases")
    click(browser, "[data-receipt]")
    wait(browser, lambda b: len(b.window_handles) == 2)
    browser.switch_to.window(next(handle for handle in browser.window_handles if handle != home))
    wait(browser, lambda b: "\u20b9199.00" in b.find_element(By.TAG_NAME, "body").text)
    assert "Asha <b>Rao</b>" in text_of(browser, "body")
    assert browser.find_element(By.TAG_NAME, "header").value_of_css_property("display") == "flex"
    # The frame's own policy applies although the frame has no address of its own: the page's policy would allow
    # requests to the services.
    policy = browser.find_element(By.CSS_SELECTOR, "meta[http-equiv]").get_attribute("content")
    assert policy.startswith("default-src 'none'")
    asked = browser.execute_async_script(
        "fetch(arguments[0]).then(() => arguments[1]('answered'), () => arguments[1]('refused'))",
        public_url + "/auth/healthz")
    assert asked == "refused"
    browser.execute_script("window.policyViolations = []")
    browser.forget_log()
    shoot(browser, shots, "3-receipt")
    browser.close()
    browser.switch_to.window(home)


def test_the_journey(browser, public_url, sandbox, shots):
    address = f"page-{uuid.uuid4().hex[:10]}@example.com"
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    shoot(browser, shots, "1-entry")
    browser.find_element(By.NAME, "name").send_keys("Asha <b>Rao</b>")
    browser.find_element(By.NAME, "email").send_keys(address)
    browser.find_element(By.NAME, "password").send_keys("a quiet mountain lake")
    click(browser, "#entry-form [type=submit]")

    wait(browser, lambda b: text_of(b, "#clock") == "0:00")
    assert browser.find_element(By.ID, "verify-banner").is_displayed()
    shoot(browser, shots, "2-home-empty")
    link = re.search(r"https?://\S+#verify=[\w.~-]+", mail_to(sandbox, address, "confirm|verif")["text"]).group(0)
    browser.get(link)
    browser.refresh()
    # Opening the link changes nothing.
    wait(browser, shown.visibility_of_element_located((By.ID, "link-form")))
    assert browser.find_element(By.ID, "verify-banner").is_displayed()
    click(browser, "#link-form [type=submit]")
    wait(browser, lambda b: not b.find_element(By.ID, "verify-banner").is_displayed())

    pack = wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-pack]")))
    assert "Ten minutes" in pack.text
    pack.click()
    pay(browser)
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")
    shoot(browser, shots, "3-bought")
    read_receipt(browser, public_url, shots)

    go(browser, "talk")
    click(browser, "#start")
    wait(browser, lambda b: text_of(b, "#talk-state") == "You are talking.")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.agent")))
    browser.find_element(By.ID, "say-text").send_keys("I sleep badly and would like to walk more.\n")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.user")))
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) <= 588_000, 30)
    shoot(browser, shots, "4-talking")
    # The beats are sent over the link; the first one may have been sent before the link was open.
    fetched = browser.execute_script(
        "return performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/heartbeat')).length")
    assert fetched <= 1
    click(browser, "#hang-up")

    wait(browser, lambda b: "You hung up" in text_of(b, "#talk-state"))
    left = milliseconds(text_of(browser, "#clock"))
    assert 570_000 <= left <= 590_000
    # It does not open by itself.
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-plan][data-state=ready]")), 60)
    assert not browser.find_elements(By.CSS_SELECTOR, "dialog[open]")
    go(browser, "talks")
    click(browser, "[data-plan]")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#plan-body h3"))
    shoot(browser, shots, "5-care-plan")
    click(browser, "#plan form button")
    shoot(browser, shots, "6-history")
    mail = mail_to(sandbox, address, "care plan")
    assert "<b>Rao</b>" not in mail["html"]

    # The mailed link opens the plan, which is deleted there.
    browser.get("about:blank")
    browser.get(re.search(r"https?://\S+#plan=[\w.~-]+", mail["text"]).group(0))
    wait(browser, lambda b: "no medical advice" in text_of(b, "#plan-body"), 30)
    assert "#" not in browser.current_url
    delete = browser.find_element(By.CSS_SELECTOR, "#plan-body button")
    # The row of the dialog that stays at the bottom may cover it.
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", delete)
    click(browser, "#plan-body button")
    browser.switch_to.alert.accept()
    wait(browser, lambda b: "You have deleted it" in text_of(b, "#plan-body"))
    click(browser, "#plan form button")

    browser.set_window_size(390, 844)
    shoot(browser, shots, "7-phone")
    overflow = browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    shoot(browser, shots, "8-phone-dark")
    severe = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    # A machine without internet access cannot load Google's script.
    assert [line for line in severe if "accounts.google.com" not in line] == []
    assert [line for line in severe if "Security Policy" in line] == []
