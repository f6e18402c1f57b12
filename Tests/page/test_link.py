"""A talk whose live link is cut goes on over HTTP, and over a new link as soon as one can be opened. Time that is added
meanwhile is shown at once."""
import os
import subprocess
import uuid

from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from test_journey import click, pay, text_of, wait

# Counts the beats over links, can close links and prevent new ones, and can stop the clock of the beats.
HOOK = """
window.linkBeats = 0;
window.links = [];
window.isCut = false;
window.isAsleep = false;
const RealWorker = window.Worker;
window.Worker = class extends RealWorker {
  constructor(...rest) {
    super(...rest);
    this.addEventListener('message', (event) => { if (window.isAsleep) event.stopImmediatePropagation(); });
  }
};
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(url, protocols) {
    if (url.endsWith('/link') && window.isCut) throw new Error('cut');
    super(url, protocols);
    if (url.endsWith('/link')) window.links.push(this);
  }
  send(data) {
    if (String(data).includes('"heartbeat"')) window.linkBeats += 1;
    super.send(data);
  }
};
"""
FETCHED = "return performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/heartbeat')).length"


def test_a_talk_outlives_its_link(browser, public_url):
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": HOOK})
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.find_element(By.NAME, "name").send_keys("Asha")
    address = f"link-{uuid.uuid4().hex[:10]}@example.com"
    browser.find_element(By.NAME, "email").send_keys(address)
    browser.find_element(By.NAME, "password").send_keys("a quiet mountain lake")
    click(browser, "#entry-form [type=submit]")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-pack]"))).click()
    pay(browser)
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")
    click(browser, "#start")
    wait(browser, lambda b: b.execute_script("return window.linkBeats") >= 1)

    fetched = browser.execute_script(FETCHED)
    browser.execute_script("window.isCut = true; window.links.forEach((link) => link.close())")
    wait(browser, lambda b: b.execute_script(FETCHED) > fetched)
    assert text_of(browser, "#talk-state") == "You are talking."

    beats = browser.execute_script("window.isCut = false; return window.linkBeats")
    wait(browser, lambda b: b.execute_script("return window.linkBeats") > beats)

    # No beat is sent in between: the server pushes the change.
    browser.execute_script("window.isAsleep = true")
    subprocess.run(
        [os.environ["TALKTIME_DEV"], "talktime", "wallet", "grant", address, "--milliseconds=600000", "--reason", "test"],
        check=True, stdout=subprocess.DEVNULL)
    wait(browser, lambda b: text_of(b, "#clock") > "15:00")
    browser.execute_script("window.isAsleep = false")
    click(browser, "#hang-up")
    wait(browser, lambda b: "You hung up" in text_of(b, "#talk-state"))
