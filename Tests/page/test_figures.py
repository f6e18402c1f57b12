"""Figures of the home on a slow line, as Lighthouse takes them: they are printed, and what holds is asserted. Those of
the first view are in test_first_view.py."""
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from people import customer
from test_journey import wait

# Lighthouse's slow 4G: 1.6 Mbit/s down, 750 kbit/s up, 150 ms there and back.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_638_400 / 8, "uploadThroughput": 768_000 / 8}
# Notes shifts of the layout from the first frame on, and when the view says that it can be used.
NOTE = """
window.figures = { shift: 0, usable: null };
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.figures.shift += value;
}).observe({ type: 'layout-shift', buffered: true });
new MutationObserver(() => {
  if (window.figures.usable === null && document.body?.dataset.view) window.figures.usable = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
READ = """
const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter(({ name }) => name.startsWith(location.origin));
const [paint] = performance.getEntriesByName('first-contentful-paint');
return {
  requests: entries.length, bytes: entries.reduce((sum, { transferSize }) => sum + transferSize, 0),
  shift: Math.round(1000 * window.figures.shift) / 1000, painted: Math.round(paint?.startTime ?? 0),
  usable: Math.round(window.figures.usable),
};
"""


def figures(browser, public_url, view):
    """Opens the page with an empty cache on a slow line, and reads its figures."""
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NOTE})
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", SLOW_4G)
    browser.get(public_url)
    wait(browser, lambda b: b.execute_script("return document.body.dataset.view") == view)
    wait(browser, lambda b: b.execute_script("return performance.getEntriesByName('first-contentful-paint').length"))
    return browser.execute_script(READ)


def tell(capsys, view, read):
    with capsys.disabled():
        print(f"\n{view} on slow 4G: {read['requests']} requests, {read['bytes'] / 1000:.1f} KB, layout shift {read['shift']}, "
              f"first paint {read['painted']} ms, usable after {read['usable']} ms")


def test_the_home(browser, public_url, capsys):
    customer(browser, public_url)
    figures(browser, public_url, "home")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-receipt]")))
    read = browser.execute_script(READ)
    tell(capsys, "the home", read)
    # The talk, the records and the account are fetched with it.
    assert read["bytes"] < 140_000
    assert read["shift"] < 0.1
