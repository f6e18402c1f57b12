"""A talk whose live link is cut goes on over HTTP, and over a new link as soon as one can be opened. Time that is added
meanwhile is shown at once."""
import os
import subprocess

from people import customer
from test_journey import click, text_of, wait

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
    address, _ = customer(browser, public_url)
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
