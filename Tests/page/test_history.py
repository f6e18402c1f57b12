"""What the page says of a wallet: the cost of each talk, what was changed about it later, and why no talk can begin."""
import json

import pytest
from selenium.webdriver.common.by import By

from test_buying import sign_up
from test_journey import go, text_of, wait

ENDED = {"state": "ended", "settled": True, "created_at": "2026-11-25T16:00:00Z", "ended_at": "2026-11-25T16:01:00Z"}


def with_talks(browser, public_url, *talks):
    """The page of a user whose talks the server tells so."""
    items = [{**ENDED, "id": f"{number:021}A", "end_reason": "gap", **talk} for number, talk in enumerate(talks)]
    sign_up(browser, public_url)
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
      const list = window.fetch;
      window.fetch = (path, options) => !String(path).startsWith('/sessions?') ? list(path, options)
        : Promise.resolve(new Response(JSON.stringify({ items: %s, next_cursor: null }), {
          headers: { 'Content-Type': 'application/json' } }));""" % json.dumps(items)})
    browser.refresh()
    wait(browser, lambda b: len(b.find_elements(By.CSS_SELECTOR, "#history tbody tr")) == len(talks))


def test_an_adjustment_stands_beside_the_charge(browser, public_url):
    with_talks(
        browser, public_url,
        {"charged_ms": 5_039, "provider_duration_ms": 32_000, "adjustment_ms": -26_961, "final_charge_ms": 32_000},
        {"charged_ms": 40_000, "provider_duration_ms": 35_000, "adjustment_ms": 5_000, "final_charge_ms": 35_000},
        {"charged_ms": 41_200, "provider_duration_ms": 41_000, "adjustment_ms": 0, "final_charge_ms": 41_200},
        {"charged_ms": 41_200},
        # The talk before was cut off, and this one went on in its conversation.
        {"charged_ms": 20_000, "provider_duration_ms": 380_000, "adjustment_ms": -60_000, "final_charge_ms": 80_000,
         "conversation_id": "conv_1"},
        {"charged_ms": 300_000, "provider_duration_ms": 380_000, "adjustment_ms": -60_000, "final_charge_ms": 300_000,
         "conversation_id": "conv_1"})
    go(browser, "talks")
    rows = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "#history tbody tr")]
    assert "Charged 0:05 at first, and 0:27 more later: by the agent’s own record the call lasted 0:32." in rows[0]
    assert "Charged 0:40 at first, and 0:05 given back: by the agent’s own record the call lasted 0:35." in rows[1]
    assert "at first" not in rows[2] + rows[3] + rows[5]
    assert "and 1:00 more later: by the agent’s own record the conversation lasted 6:20, with the talk that was cut off" in rows[4]
    assert "0:41" in rows[2] and "0:41" in rows[3]


def test_a_list_that_is_read_again_keeps_what_has_not_changed(browser, public_url):
    with_talks(browser, public_url, {"charged_ms": 5_000}, {"charged_ms": 6_000}, {"charged_ms": 7_000})
    go(browser, "talks")
    look = """
      const { redraw, el, table } = await import('/both/dom.js');
      const rows = [...document.querySelectorAll('#history tbody tr')];
      const button = rows[1].querySelector('button, a');
      button.focus();
      await (await import('/page/history.js')).showHistory();
      const place = el('div');
      document.body.append(place);
      const shown = (...texts) => { redraw(place, table(['A'], texts.map((text) => [text]))); return [...place.querySelectorAll('tbody tr')]; };
      const [first, second, third] = [shown('a', 'b', 'c'), shown('n', 'a', 'B', 'c'), shown('c')];
      const keyed = (...rows) => { redraw(place, table(['A', 'B'], rows.map(([, ...cells]) => cells), rows.map(([key]) => key))); return [...place.querySelectorAll('tbody tr')]; };
      const [waits] = keyed(['k', el('a', { textContent: 'talk' }), 'waits']);
      const link = waits.querySelector('a');
      const [, made] = keyed(['n', 'new', 'waits'], ['k', el('a', { textContent: 'talk' }), 'made']);
      done({
        rows: rows.every((row) => row.isConnected), focus: document.activeElement === button,
        added: second[1] === first[0] && second[3] === first[2] && !second.includes(first[1]),
        texts: second.map((row) => row.textContent).join(''), rest: third.length === 1 && third[0] === first[2],
        pressed: waits === made && link.isConnected && made.textContent === 'talkmade',
      });"""
    found = browser.execute_async_script("const done = arguments[0]; (async () => {" + look + "})();")
    assert found == {"rows": True, "focus": True, "added": True, "texts": "naBc", "rest": True, "pressed": True}


@pytest.mark.parametrize("wallet, words", [
    ({"frozen": True, "available_ms": 60_000, "owed_ms": 0}, "Your wallet is on hold"),
    ({"frozen": False, "available_ms": 0, "owed_ms": 90_000}, "You owe 1:30 of talk time"),
])
def test_a_wallet_from_which_no_talk_begins(browser, public_url, wallet, words):
    sign_up(browser, public_url)
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
      const ask = window.fetch;
      window.fetch = (path, options) => path !== '/billing/balance' ? ask(path, options)
        : Promise.resolve(new Response(JSON.stringify(%s), { headers: { 'Content-Type': 'application/json' } }));
      """ % json.dumps({**wallet, "held_ms": 0, "balance_ms": wallet["available_ms"]})})
    browser.refresh()
    wait(browser, lambda b: b.find_elements(By.ID, "talk-state") and words in text_of(b, "#talk-state"))
    assert not browser.find_element(By.ID, "start").is_enabled()
