"""A real browser against the running suite: PUBLIC_URL and SANDBOX_URL come from ./dev env."""
import json
import os
import pathlib
import urllib.request

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service


# Collects the violations of the page's content security policy: each entry is an error of the page or of the policy.
NOTE_VIOLATIONS = """
window.policyViolations = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.policyViolations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@pytest.fixture(scope="session")
def public_url():
    return os.environ["PUBLIC_URL"]


@pytest.fixture(scope="session")
def sandbox():
    """Calls a control of the sandbox and gives the decoded answer."""

    def call(path):
        with urllib.request.urlopen(os.environ["SANDBOX_URL"] + path, timeout=10) as answer:
            return json.load(answer)

    return call


@pytest.fixture(scope="session")
def shots():
    folder = pathlib.Path(os.environ.get("SCREENSHOTS", ".dev/screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def start_chromium():
    options = webdriver.ChromeOptions()
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900",
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--mute-audio",
    ):
        options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


class Browsers:
    """One Chromium for all tests, as its start takes longer than many a test. Each test gets a window of its own, and
    nothing in the stores and in the cache."""

    def __init__(self, origin):
        self.origin = origin
        self.driver = None

    def fresh(self):
        """The driver, at an empty page."""
        if self.driver is None:
            self.driver = start_chromium()
        return self.driver

    def give_back(self):
        """Throws all windows away with all that goes on in them, and what they have stored."""
        driver = self.driver
        try:
            old = driver.window_handles
            driver.switch_to.new_window("window")
            new = driver.current_window_handle
            for handle in old:
                driver.switch_to.window(handle)
                driver.close()
            driver.switch_to.window(new)
            driver.set_window_size(1280, 900)
            driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.origin, "storageTypes": "all"})
            driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
            driver.execute_cdp_cmd("Network.clearBrowserCache", {})
            # What the last page said while it went away is not the next test's.
            driver.get_log("browser")
        except WebDriverException:
            self.quit()

    def quit(self):
        driver, self.driver = self.driver, None
        if driver is not None:
            driver.quit()


@pytest.fixture(scope="session")
def browsers(public_url):
    kept = Browsers(public_url)
    yield kept
    kept.quit()


@pytest.fixture
def browser(browsers):
    driver = browsers.fresh()
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NOTE_VIOLATIONS})
    lines = []
    read = driver.get_log

    def get_log(kind):
        entries = read(kind)
        lines.extend(entry["message"] for entry in entries)
        return entries

    driver.get_log = get_log
    # For a test that causes a violation on purpose.
    driver.forget_log = lambda: read("browser")
    yield driver
    driver.get_log("browser")
    noted = driver.execute_script("return window.policyViolations || []")
    del driver.get_log
    browsers.give_back()
    assert noted + [line for line in lines if "Security Policy" in line or "ermissions-Policy" in line] == []
