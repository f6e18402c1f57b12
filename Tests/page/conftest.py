"""A real browser against the running suite: PUBLIC_URL and SANDBOX_URL come from ./dev env."""
import json
import os
import pathlib
import urllib.request

import pytest
from selenium import webdriver
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


@pytest.fixture
def browser():
    options = webdriver.ChromeOptions()
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900",
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--mute-audio",
    ):
        options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
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
    driver.quit()
    assert noted + [line for line in lines if "Security Policy" in line or "ermissions-Policy" in line] == []
