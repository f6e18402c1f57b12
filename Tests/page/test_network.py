"""What happens to talks on phones: the network falls silent, the agent's connection breaks, the tab sleeps."""
import os

from selenium.webdriver.common.by import By

from people import send
from talking import ask, begin, elsewhere, newest, sign_in_elsewhere, wait_for_beats, wait_told, with_minutes
from test_journey import click, milliseconds, text_of, wait

# The network is silent for so many milliseconds; without a number it stays so.
SILENCE = """
window.silentAt = performance.now();
window.isSilent = true;
if (arguments[0]) setTimeout(() => { window.isSilent = false; }, arguments[0]);
"""
# After how many milliseconds of silence the page told of it.
NOTICED = "return window.told.find(({ text, at }) => at >= window.silentAt && text.startsWith('No connection')).at - window.silentAt"


def test_eight_silent_seconds_do_not_end_a_talk(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    wait_for_beats(browser, 2)
    talk = newest(browser)["id"]
    browser.execute_script(SILENCE, 8_000)
    wait_told(browser, "No connection. If it is not back within")
    # The clock stands at the server's last figure.
    silence = "return performance.now() - window.silentAt"
    wait(browser, lambda b: b.execute_script(silence) > 3_500)
    standing = text_of(browser, "#clock")
    wait(browser, lambda b: b.execute_script(silence) > 6_000)
    assert text_of(browser, "#talk-state").startswith("No connection")
    assert "The clock stands" in text_of(browser, "#talk-state")
    assert text_of(browser, "#clock") == standing
    wait_told(browser, "The connection is back. You are talking.")
    assert browser.execute_script(NOTICED) <= 3_000
    # The same talk goes on, over a new link, and the silence is charged to the second.
    wait_for_beats(browser, 2)
    found = ask(browser, f"/sessions/{talk}")
    assert found["state"] == "live"
    assert newest(browser)["id"] == talk
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) <= milliseconds(standing) - 8_000)
    told = browser.execute_script("return window.told.map(({ text }) => text)")
    assert len([text for text in told if text.startswith("No connection")]) == 1
    click(browser, "#hang-up")
    wait_told(browser, "You hung up")


def cut_off(browser, public_url):
    """A talk that the server has ended in a silent network; gives it as the server shows it."""
    token = sign_in_elsewhere(public_url, with_minutes(browser, public_url))
    begin(browser)
    wait_for_beats(browser, 2)
    talk = newest(browser)["id"]
    browser.execute_script(SILENCE)
    wait_told(browser, "No connection.")
    # Whatever else is told meanwhile, nobody is told that all is well.
    click(browser, "#mute")
    wait_told(browser, "You are muted. There is still no connection")
    wait_told(browser, "The connection was lost for too long, and the clock has stopped.", 30)
    wait(browser, lambda b: elsewhere(public_url, "GET", f"/sessions/{talk}", token)["state"] == "ended")
    ended = elsewhere(public_url, "GET", f"/sessions/{talk}", token)
    assert ended["end_reason"] == "gap"
    return ended


BACK = "window.isSilent = false; dispatchEvent(new Event('online'))"


def test_a_longer_silence_is_followed_by_another_talk_in_the_same_conversation(browser, public_url):
    talk = cut_off(browser, public_url)
    standing = text_of(browser, "#clock")
    # The agent is neither called anew nor hears what is said to nobody.
    heard, at = browser.execute_script("return [window.chunks.length, performance.now()]")
    wait(browser, lambda b: b.execute_script("return performance.now()") > at + 1_000)
    assert browser.execute_script("return window.agents.map(({ readyState }) => readyState)") == [1]
    assert browser.execute_script("return window.chunks.length") == heard
    assert text_of(browser, "#clock") == standing
    browser.execute_script(BACK)
    wait_told(browser, "The connection is back, and the talk goes on where it was. You are muted")
    wait_for_beats(browser, 2)
    assert len(browser.execute_script("return window.agents")) == 1
    second = newest(browser)
    assert second["id"] != talk["id"] and second["state"] == "live"
    click(browser, "#hang-up")
    wait_told(browser, "You hung up after 0:")
    # Both are told as one.
    parts = [ask(browser, f"/sessions/{id}") for id in (talk["id"], second["id"])]
    assert parts[0]["conversation_id"] == parts[1]["conversation_id"]
    cost = milliseconds(text_of(browser, "#talk-state").split("after ")[1].split(".")[0])
    assert cost == sum(part["charged_ms"] for part in parts) // 1000 * 1000


def test_a_talk_whose_conversation_is_over_meanwhile_ends_with_one_sentence(browser, public_url):
    talk = cut_off(browser, public_url)
    browser.execute_script("window.isSilent = 'ours'")
    finish = f"/control/elevenlabs/conversations/{talk['conversation_id']}/finish"
    send(os.environ["SANDBOX_URL"] + finish)
    browser.execute_script(BACK)
    wait_told(browser, "Connection lost after 0:0")
    # The agent's call is closed, too.
    assert browser.execute_script("return window.agents.at(-1).readyState") >= 2
    assert "You pay for" in text_of(browser, "#talk-state")
    assert "and not for the silence after it" in text_of(browser, "#talk-state")
    assert "you can start a new one" in text_of(browser, "#talk-state")
    cost = milliseconds(text_of(browser, "#talk-state").split("after ")[1].split(".")[0])
    assert cost == newest(browser)["charged_ms"] // 1000 * 1000
    begin(browser)
    assert newest(browser)["id"] != talk["id"]


def test_a_talk_whose_agent_is_not_heard_again_ends_without_another_charge(browser, public_url):
    talk = cut_off(browser, public_url)
    # The socket is dead and looks open.
    browser.execute_script("window.isSilent = 'agents'; dispatchEvent(new Event('online'))")
    wait_told(browser, "Connection lost after 0:0", 30)
    assert newest(browser)["id"] != talk["id"]
    wait(browser, lambda b: newest(b)["state"] == "ended")
    assert newest(browser)["charged_ms"] == 0
    assert ask(browser, f"/sessions/{talk['id']}")["charged_ms"] == talk["charged_ms"]


def test_hanging_up_while_the_talk_is_cut_ends_it(browser, public_url):
    talk = cut_off(browser, public_url)
    click(browser, "#hang-up")
    wait_told(browser, "You hung up.")
    browser.execute_script(BACK)
    wait_told(browser, "You hung up after 0:0")
    assert newest(browser)["id"] == talk["id"]
    assert browser.execute_script("return window.agents.at(-1).readyState") >= 2
    assert browser.find_element(By.ID, "start").is_displayed()


def test_while_only_our_side_is_away_the_agent_is_not_hung_up(browser, public_url):
    token = sign_in_elsewhere(public_url, with_minutes(browser, public_url))
    begin(browser)
    wait_for_beats(browser, 2)
    talk = newest(browser)["id"]
    browser.execute_script("window.isSilent = 'ours'")
    wait_told(browser, "No connection.")
    wait_told(browser, "Talktime does not answer just now, but the agent does")
    browser.find_element(By.ID, "say-text").send_keys("Are you still there?\n")
    wait(browser, lambda b: "Are you still there?" in text_of(b, "#lines"))
    # The server was not away, but only not reached: it has ended the talk, which goes on now as another one.
    wait(browser, lambda b: elsewhere(public_url, "GET", f"/sessions/{talk}", token)["state"] == "ended")
    browser.execute_script("window.isSilent = false")
    wait_told(browser, "the talk goes on where it was. You are talking.")
    assert newest(browser)["id"] != talk


def test_an_agent_of_which_nothing_comes_is_told(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    # Its connection alone is dead, and looks open.
    browser.execute_script("window.isSilent = 'agents'")
    wait_told(browser, "Nothing has come from the agent for 20 seconds, and your minutes run on.", 40)
    # Nobody is told meanwhile that all is well.
    click(browser, "#mute")
    assert text_of(browser, "#talk-state").startswith("Nothing has come from the agent")
    click(browser, "#mute")
    browser.execute_script("window.isSilent = false")
    wait_told(browser, "The agent is there again. You are talking.")
    click(browser, "#hang-up")
    wait_told(browser, "You hung up after 0:")


def test_hanging_up_without_a_network_works(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    browser.execute_script(SILENCE)
    click(browser, "#hang-up")
    wait_told(browser, "Ending the talk…")
    assert not browser.find_element(By.ID, "hang-up").is_displayed()
    assert browser.execute_script("return window.agents.at(-1).readyState") >= 2
    wait_told(browser, "You hung up.")
    assert browser.find_element(By.ID, "start").is_displayed()


def test_a_broken_connection_to_the_agent_is_told_as_that(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    wait_for_beats(browser, 2)
    browser.execute_script("window.agents.at(-1).dispatchEvent(new CloseEvent('close', { code: 1006 }))")
    wait_told(browser, "The connection to the agent broke after 0:0")
    wait(browser, lambda b: newest(b)["state"] == "ended")
    # It is not told as the user's own end.
    assert newest(browser)["end_reason"] == "agent_ended"
    assert not browser.find_element(By.ID, "hang-up").is_displayed()


def test_an_agent_that_hangs_up_is_told_as_that(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    wait_for_beats(browser, 2)
    browser.execute_script("window.agents.at(-1).dispatchEvent(new CloseEvent('close', { code: 1000 }))")
    wait_told(browser, "The agent hung up after 0:0")
    wait(browser, lambda b: newest(b)["state"] == "ended")
    assert newest(browser)["end_reason"] == "agent_ended"


def test_a_sleep_that_ends_a_talk_is_told_as_that(browser, public_url):
    address = with_minutes(browser, public_url)
    token = sign_in_elsewhere(public_url, address)
    begin(browser)
    wait_for_beats(browser, 2)
    talk = newest(browser)["id"]
    browser.execute_script("window.isAsleep = window.isSilent = true")
    wait(browser, lambda b: elsewhere(public_url, "GET", f"/sessions/{talk}", token)["state"] == "ended", 30)
    browser.execute_script("window.isAsleep = window.isSilent = false")
    wait_told(browser, "This tab slept, so the talk ended")
    begin(browser)
