"""What a first visit costs: bytes, requests, waiting, and what moves."""
import json
import pathlib
import re
import uuid

from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from test_journey import text_of, wait

WEB = pathlib.Path(__file__).parents[2] / "Web"
# Lighthouse's slow 4G: 150 ms, 1.6 Mbit/s down and 750 kbit/s up.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_638_400 / 8, "uploadThroughput": 768_000 / 8}
NOTE = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifts.push(shift.value);
}).observe({ type: 'layout-shift', buffered: true });
addEventListener('page-ready', () => { window.readyAt ??= performance.now(); }, true);
"""
FIGURES = """
const entries = [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')];
const own = entries.filter(({ name }) => name.startsWith(location.origin));
return {
  bytes: own.reduce((sum, { transferSize }) => sum + transferSize, 0), requests: own.length,
  paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, ready: window.readyAt,
  shift: window.shifts.reduce((sum, value) => sum + value, 0),
  modules: own.filter(({ name }) => new URL(name).pathname.endsWith('.js')).map(({ name, startTime, responseEnd, encodedBodySize }) =>
    ({ path: new URL(name).pathname, begun: startTime, ended: responseEnd, bytes: encodedBodySize })),
};
"""


def graph(*roots):
    """The modules that are imported from these, with them."""
    found, open_ones = set(), [WEB / root for root in roots]
    while open_ones:
        file = open_ones.pop()
        if file in found:
            continue
        found.add(file)
        open_ones += [(file.parent / name).resolve() for name in re.findall(r"""from '(\.[^']+)'""", file.read_text("utf-8"))]
    return {str(file.relative_to(WEB)) for file in found}


def test_the_lists_of_what_is_fetched_at_once_are_complete():
    first = graph("page/app.js")
    page = (WEB / "index.html").read_text("utf-8")
    assert set(re.findall(r'rel="modulepreload" href="/([^"]+)"', page)) | {"page/app.js"} == first
    early = (WEB / "page" / "first-view.js").read_text("utf-8")
    listed = re.findall(r"'((?:page|both)/[\w-]+\.js)'", early)
    assert sorted(listed) == sorted(graph("page/home.js") - first)
    home = page[page.index('<template id="view-home">'):]
    assert re.findall(r"'(page/[\w-]+\.css)'", early) == re.findall(r'rel="stylesheet" href="/([^"]+)"', home)


def on_slow_4g(browser):
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", SLOW_4G)


def test_the_first_view_is_light(browser, public_url):
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NOTE})
    on_slow_4g(browser)
    for path, width in (("/", 1280), ("/", 390), ("/sign-in", 390)):
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": False})
        browser.get(public_url + path)
        wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#prices strong"))
        figures = browser.execute_script(FIGURES)
        modules = figures.pop("modules")
        print(f"\nfirst view of {path} at {width}: {json.dumps({name: round(value, 3) for name, value in figures.items()})}")
        assert figures["bytes"] < 100_000 and figures["requests"] <= 24
        assert figures["shift"] < 0.02
        # No module waits for another one, and none is loaded that the view does not need.
        assert {module["path"] for module in modules} == {
            f"/{name}" for name in graph("page/app.js") | {"page/first-view.js"}}
        assert max(module["begun"] for module in modules) < min(
            module["ended"] for module in modules if module["path"] != "/page/first-view.js")
        # On an idle machine it is ready within a second.
        assert figures["ready"] < 3_000
    # A first visit asks for nothing that fails.
    logged = [entry["message"] for entry in browser.get_log("browser")]
    assert [line for line in logged if "responded with a status" in line] == []


# Somebody who is faster than the modules: chooses the other form, fills it in, and sends it.
EARLY = """
document.addEventListener('readystatechange', () => {
  const form = document.getElementById('entry-form');
  if (document.readyState !== 'interactive' || !form) return;
  window.wasReady = Boolean(document.body.dataset.view);
  document.getElementById('tab-login').click();
  form.elements.email.value = '%s';
  form.elements.password.value = 'a quiet mountain lake';
  form.querySelector('[type=submit]').click();
});
"""


def test_what_is_pressed_before_the_modules_are_there_is_done(browser, public_url):
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {
        "source": EARLY % f"early-{uuid.uuid4().hex[:10]}@example.com"})
    browser.get(public_url)
    # The sign-in was sent, once.
    wait(browser, lambda b: "do not belong together" in text_of(b, "#entry-error"))
    assert browser.execute_script("return [window.wasReady, location.search]") == [False, ""]
    assert browser.execute_script(
        "return performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/auth/login')).length") == 1
    assert browser.find_element(By.ID, "tab-login").get_attribute("aria-selected") == "true"
    browser.forget_log()


def test_the_prices_are_shown_and_asked_for_again(browser, public_url):
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
      const ask = window.fetch;
      window.isAway = true;
      window.settings = { seller_gstin: '29AAGCB7383J1Z4', consent_version: '2026-11' };
      window.fetch = (path, options) => path === '/config.json'
        ? Promise.resolve(new Response(JSON.stringify(window.settings), { headers: { 'Content-Type': 'application/json' } }))
        : path === '/billing/packs' && window.isAway ? Promise.reject(new TypeError('away')) : ask(path, options);"""})
    browser.get(public_url)
    wait(browser, lambda b: "cannot be shown just now" in text_of(b, "#prices"))
    browser.execute_script("window.isAway = false")
    again = wait(browser, shown.element_to_be_clickable((By.CSS_SELECTOR, "#prices button")))
    browser.execute_script("arguments[0].click()", again)
    wait(browser, lambda b: "\u20b9199" in text_of(b, "#prices"))
    assert "\u20b919.90 a minute" in text_of(browser, "#prices")
    # Of a registered seller.
    assert "Prices include 18% GST." in text_of(browser, "#prices-tax")
    assert "whether you agree" in text_of(browser, "#data-consent")
