"""What a talk cost, and why: the proof of its charge at an address of its own."""
import copy

import pytest
from selenium.webdriver.common.by import By

from talking import ask, begin, newest, wait_for_beats, with_minutes
from test_buying import sign_up
from test_journey import click, go, text_of, wait
from test_records import answering, rows

ID = f"{5:021}A"
TALK = {
    "id": ID, "state": "ended", "settled": True, "end_reason": "gap", "charged_ms": 25_400,
    "created_at": "2026-11-25T16:00:00Z", "ended_at": "2026-11-25T16:01:00Z",
}
PROOF = {
    "id": ID, "user_id": "00000000-0000-4000-8000-000000000001", "agent_id": "agent", "conversation_id": "conv_1",
    "created_at": "2026-11-25T16:00:00Z", "settled_at": "2026-11-25T16:01:00Z", "end_reason": "gap", "charged_ms": 25_400,
    "forgiven_ms": 0, "gaps": {"count": 1, "total_ms": 8_200, "items": [{"at_ms": 10_100, "length_ms": 8_200, "charged_ms": 8_200}]},
    "beats": {"count": 5, "first_at": "2026-11-25T16:00:01.250Z", "last_at": "2026-11-25T16:00:26Z", "charged_to_last_ms": 24_400},
    "grants": [{"reference": "r", "amount_ms": 60_000, "cumulative_ms": 60_000, "wallet_version": 2, "at": "2026-11-25T16:00:00Z"}],
    "wallet_changes": [], "provider": {"adjusted_ms": 0},
    "entries": [
        {"kind": "hold", "reference": "r", "available_delta_ms": -60_000, "held_delta_ms": 60_000, "owed_delta_ms": 0,
         "wallet_version": 2, "at": "2026-11-25T16:00:00Z"},
        {"kind": "settlement", "reference": "s", "available_delta_ms": 34_600, "held_delta_ms": -60_000, "owed_delta_ms": 0,
         "wallet_version": 3, "at": "2026-11-25T16:01:00Z"}],
    "check": {"charged_ms": 25_400, "entries_ms": 25_400, "agrees": True},
}


def prove(browser, public_url, talk=None, proof=None):
    """The record of a talk of which the server tells so."""
    answers = {f"/sessions/{ID}": {**TALK, **(talk or {})}, f"/sessions/{ID}/proof": {**copy.deepcopy(PROOF), **(proof or {})}}
    answering(browser, public_url, answers, f"/talks/{ID}")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#talk-record .figures"))
    return text_of(browser, "#talk-record")


def test_a_talk_has_an_address_with_its_proof(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    wait_for_beats(browser, 2)
    click(browser, "#hang-up")
    go(browser, "talks")
    home = browser.title
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#history [data-talk]"))
    talk = newest(browser)
    click(browser, "#history [data-talk]")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, ".timeline rect.talked"))
    assert browser.current_url == f"{public_url}/talks/{talk['id']}"
    assert browser.switch_to.active_element.get_attribute("id") == "talk-record-title"
    assert not browser.find_element(By.ID, "history-card").is_displayed()
    assert browser.title.startswith("Talk of ")
    proof = ask(browser, f"/sessions/{talk['id']}/proof")
    told = text_of(browser, "#talk-record .figures")
    assert f".{proof['charged_ms'] % 1000:03}" in told and str(proof["beats"]["count"]) in told
    assert "agree" in text_of(browser, "#talk-record")
    # A busy machine makes pauses, too.
    assert len(rows(browser, "#talk-record")) == len(proof["entries"]) + len(proof["gaps"]["items"])
    drawn = browser.find_element(By.CSS_SELECTOR, ".timeline svg")
    assert drawn.get_attribute("role") == "img" and "Charged by the heartbeats: 0:" in drawn.get_attribute("aria-label")

    # Its month has the payment and the talk.
    click(browser, "#talk-record a.button")
    wait(browser, lambda b: len(rows(b, "#statement")) == 2)
    assert browser.switch_to.active_element.get_attribute("id") == "statement-title"
    payment, spent = rows(browser, "#statement")
    assert "Payment" in payment.text and "\u20b9199" in payment.text
    spent.find_element(By.TAG_NAME, "a").click()
    wait(browser, lambda b: b.current_url.endswith(talk["id"]))
    browser.back()
    wait(browser, lambda b: b.find_element(By.ID, "statement-card").is_displayed())
    browser.back()
    browser.back()
    wait(browser, lambda b: b.find_element(By.ID, "history-card").is_displayed())
    assert browser.title == home
    # The address alone leads there, too.
    browser.get(f"{public_url}/talks/{talk['id']}")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#talk-record .figures"))


def test_a_pause_and_the_time_after_the_last_heartbeat_are_drawn(browser, public_url):
    told = prove(browser, public_url)
    assert "0:10.100" in told and "0:08.200" in told and "is not known yet" in told
    pause = browser.find_element(By.CSS_SELECTOR, ".timeline rect.pause")
    talked = browser.find_element(By.CSS_SELECTOR, ".timeline rect.talked")
    assert pause.rect["width"] / talked.rect["width"] == pytest.approx(8_200 / 24_400, rel=0.05)
    assert browser.find_elements(By.CSS_SELECTOR, ".timeline rect.tail")
    assert "A longer pause between two heartbeats" in text_of(browser, ".legend")
    # Seconds, since a talk has many entries in a minute.
    assert "26.000" in told and "01.250" in told


@pytest.mark.parametrize("talk, proof, words", [
    ({"charged_ms": 5_039, "provider_duration_ms": 32_000, "adjustment_ms": -26_961, "final_charge_ms": 32_000},
     {"charged_ms": 5_039, "provider": {"duration_ms": 32_000, "adjusted_ms": -26_961}},
     ["0:32\nof talk time", "Charged 0:05 at first, and 0:27 more later", "follows the record, in either direction", "\u22120:26.961"]),
    ({"provider_duration_ms": 29_000, "adjustment_ms": 0, "final_charge_ms": 25_400},
     {"provider": {"duration_ms": 29_000, "adjusted_ms": 0}, "forgiven_ms": 20_000},
     ["the call lasted 0:29. The charge was not changed for it.", "0:20.000 passed while our own system was away"]),
    ({}, {"check": {"charged_ms": 25_400, "entries_ms": 60_000, "agrees": False}}, ["do not agree. Please write to us."]),
])
def test_what_became_of_the_charge_is_told(browser, public_url, talk, proof, words):
    told = prove(browser, public_url, talk, proof)
    for sentence in words:
        assert sentence.replace("\n", " ") in told.replace("\n", " ")


# Two talks of one conversation, of which the agent's record has less than was charged: what is given back is more than
# the second one was charged.
FIRST = {**TALK, "id": f"{4:021}A", "conversation_id": "conv_1", "charged_ms": 30_000, "created_at": "2026-11-25T15:59:00Z",
         "provider_duration_ms": 20_000, "adjustment_ms": 15_000, "final_charge_ms": 30_000}
SECOND = {**FIRST, "id": ID, "created_at": TALK["created_at"], "end_reason": "user", "charged_ms": 5_000, "final_charge_ms": -10_000}


@pytest.mark.parametrize("talk, there, absent", [
    (SECOND, ["\u22120:10\nof talk time", "Charged 0:05 at first, and 0:15 given back", "the conversation lasted 0:20",
              "The cost in the end\n\u22120:10.000", "Given back or charged for the difference\n+0:15.000"], []),
    (FIRST, ["0:30\nof talk time", "the whole conversation lasted 0:20", "with the last talk of the conversation"],
     ["Given back or charged for the difference", "was not changed"]),
])
def test_talks_of_one_conversation_are_told_with_each_other(browser, public_url, talk, there, absent):
    other = FIRST if talk is SECOND else SECOND
    proof = {**copy.deepcopy(PROOF), "id": talk["id"], "charged_ms": talk["charged_ms"],
             "provider": {"duration_ms": 20_000, "adjusted_ms": 15_000}}
    answers = {f"/sessions/{talk['id']}": talk, f"/sessions/{talk['id']}/proof": proof, "/sessions": [SECOND, FIRST]}
    answering(browser, public_url, answers, f"/talks/{talk['id']}")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#talk-record .figures"))
    told = text_of(browser, "#talk-record")
    for sentence in there:
        assert sentence.replace("\n", " ") in told.replace("\n", " ")
    assert [sentence for sentence in absent if sentence in told] == []
    drawn = browser.find_element(By.CSS_SELECTOR, ".timeline svg").get_attribute("aria-label")
    assert f"The other talks of the conversation: 0:{other['charged_ms'] // 1000:02}." in drawn
    assert "The whole conversation, by the agent\u2019s own record: 0:20." in drawn
    # The way to the other one, and both in the list.
    click(browser, f"#talk-record li a[href='/talks/{other['id']}']")
    wait(browser, lambda b: b.current_url.endswith(other["id"]))
    go(browser, "talks")
    wait(browser, lambda b: "\u22120:10" in text_of(b, "#history"))
    assert "0:30" in text_of(browser, "#history")


def test_a_talk_that_there_is_not(browser, public_url):
    sign_up(browser, public_url)
    browser.get(f"{public_url}/talks/{ID}")
    wait(browser, lambda b: b.find_elements(By.ID, "talk-record") and "no such talk" in text_of(b, "#talk-record"))
    browser.forget_log()


def test_a_talk_that_goes_on_is_waited_for(browser, public_url):
    answering(browser, public_url, {f"/sessions/{ID}": {**TALK, "state": "live", "settled": False}}, f"/talks/{ID}")
    wait(browser, lambda b: b.find_elements(By.ID, "talk-record") and "goes on" in text_of(b, "#talk-record"))
    browser.execute_script("window.isDown = true")
    wait(browser, lambda b: "no connection" in text_of(b, "#talk-record"))
    browser.execute_script("window.isDown = false")
    click(browser, "#talk-record .trouble button")
    wait(browser, lambda b: "goes on" in text_of(b, "#talk-record"))
