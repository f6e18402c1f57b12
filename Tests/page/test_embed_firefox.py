"""The talk in a page of another site, in Firefox: the example of docs/embedding.md, with sound."""
from urllib.parse import quote

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from embedding import SELLER, SERVER, into_frame, pages, sign_in, state  # noqa: F401
from firefox import Firefox
from talking import elsewhere, sign_in_elsewhere, with_minutes
from test_journey import click, milliseconds, text_of, wait
from test_talk_view import PEAKS


@pytest.fixture(scope="module")
def firefox():
    # The other site is reached through a proxy, since Firefox has no list of hosts of its own.
    route = ("function FindProxyForURL(url, host) { return host === 'seller.localhost' ? 'PROXY 127.0.0.1:%d' "
             ": ['localhost', '127.0.0.1'].includes(host) ? 'DIRECT' : 'PROXY 127.0.0.1:9'; }" % SERVER.server_port)
    kept = Firefox({
        "network.proxy.type": 2, "network.proxy.autoconfig_url": "data:application/x-ns-proxy-autoconfig," + quote(route),
        "network.proxy.allow_hijacking_localhost": True})
    yield kept
    kept.quit()


@pytest.fixture
def browser(firefox):
    firefox.fresh()
    yield firefox
    # Firefox looks for an icon of the strict page, whose own policy allows none.
    assert [text for text in firefox.give_back() if "seller.localhost/favicon.ico" not in text] == []


@pytest.mark.parametrize("path", ["/", "/strict"])
def test_the_example_of_the_docs_talks(browser, public_url, path):
    token = sign_in_elsewhere(public_url, with_minutes(browser, public_url, PEAKS))
    browser.get(SELLER + path)
    assert sign_in(browser) == "Talk on seller.localhost?"
    assert text_of(browser, "#clock") == "10:00"
    click(browser, "#start")
    wait(browser, lambda b: state(b) == "You are talking.")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.agent")))
    # The agent hears the fake microphone's tone, and the beats go over the link.
    wait(browser, lambda b: max(b.execute_script("return window.peaks") or [0]) > 500)
    wait(browser, lambda b: b.execute_script("return window.beats.length > 1"))
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) <= 598_000)
    click(browser, "#hang-up")
    wait(browser, lambda b: "You hung up after" in state(b))
    talk = elsewhere(public_url, "GET", "/sessions?limit=1", token)["items"][0]
    assert talk["state"] == "ended" and talk["end_reason"] == "user" and talk["charged_ms"] > 0
