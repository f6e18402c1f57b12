"""Nothing is charged before the microphone and the sound are settled and the agent can be heard."""
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from talking import (
    UNANSWERED, ask, begin, charges_nothing, choose, newest, press, wait_for_beats, wait_told, with_minutes)
from test_journey import click, text_of, wait


def test_an_unanswered_microphone_costs_nothing(browser, public_url):
    with_minutes(browser, public_url, UNANSWERED)
    click(browser, "#start")
    wait_told(browser, "Waiting for the microphone")
    assert "Nothing is charged yet" in text_of(browser, "#talk-state")
    assert charges_nothing(browser)
    click(browser, "#cancel")
    wait_told(browser, "Ready when you are.")
    # The answer comes after the user has given up: the microphone is let go.
    browser.execute_script("window.allowMicrophone()")
    wait(browser, lambda b: b.execute_script(
        "return window.streams.length === 1 && window.streams[0].getTracks().every((track) => track.readyState === 'ended')"))
    assert charges_nothing(browser)

    click(browser, "#start")
    wait_told(browser, "Waiting for the microphone")
    assert charges_nothing(browser)
    browser.execute_script("window.allowMicrophone()")
    wait_told(browser, "You are talking.")
    wait(browser, lambda b: b.execute_script("return window.chunks.length") > 0)


@pytest.mark.parametrize("name,words", [
    ("NotAllowedError", "not allowed"), ("NotFoundError", "There is no microphone"), ("NotReadableError", "Another program")])
def test_without_a_microphone_the_user_is_asked(browser, public_url, name, words):
    with_minutes(browser, public_url, UNANSWERED)
    click(browser, "#start")
    wait_told(browser, "Waiting for the microphone")
    browser.execute_script("window.refuseMicrophone(arguments[0])", name)
    wait_told(browser, words)
    assert "at the same price" in text_of(browser, "#talk-state")
    choose(browser, "Not now")
    wait_told(browser, "Ready when you are.")
    assert charges_nothing(browser)

    click(browser, "#start")
    wait_told(browser, "Waiting for the microphone")
    browser.execute_script("window.refuseMicrophone(arguments[0])", name)
    wait_told(browser, words)
    assert charges_nothing(browser)
    choose(browser, "Go on in writing")
    wait_told(browser, "You are talking.")
    browser.find_element(By.ID, "say-text").send_keys("I would like to walk more.\n")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.user")))
    assert browser.execute_script("return window.chunks.length") == 0


def test_a_page_has_one_sound_context(browser, public_url):
    with_minutes(browser, public_url)
    for _ in range(2):
        begin(browser)
        press(browser, "hang-up")
        wait_told(browser, "You hung up")
        wait(browser, lambda b: b.execute_script("return window.contexts.map(({ state }) => state)") == ["suspended"])
    browser.execute_script("dispatchEvent(new PageTransitionEvent('pagehide'))")
    wait(browser, lambda b: b.execute_script("return window.contexts.map(({ state }) => state)") == ["closed"])


# A browser that keeps the page silent until it allows the sound.
SILENT = """
const Inner = window.AudioContext;
window.AudioContext = class extends Inner {
  get state() { return window.isSoundAllowed ? super.state : 'suspended'; }
  resume() { return window.isSoundAllowed ? super.resume() : new Promise(() => {}); }
};
"""


def test_a_sound_that_does_not_start_costs_nothing(browser, public_url):
    with_minutes(browser, public_url, SILENT)
    click(browser, "#start")
    wait_told(browser, "The sound is off. Nothing is charged yet.")
    assert charges_nothing(browser)
    # It is asked again as long as it does not help.
    choose(browser, "Turn the sound on")
    wait_told(browser, "The sound is off. Nothing is charged yet.")
    choose(browser, "Not now")
    wait_told(browser, "Ready when you are.")
    assert charges_nothing(browser)

    click(browser, "#start")
    wait_told(browser, "The sound is off. Nothing is charged yet.")
    browser.execute_script("window.isSoundAllowed = true")
    choose(browser, "Turn the sound on")
    wait_told(browser, "You are talking.")


def test_a_paused_sound_is_told_at_once_and_one_tap_resumes_it(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    browser.execute_script("window.contexts[0].suspend()")
    wait_told(browser, "The sound is paused, and your minutes run on.")
    assert browser.find_element(By.ID, "hang-up").is_displayed()
    # What the agent says meanwhile is not played behind the talk.
    browser.execute_script(SOUND, [1], 32_000)
    assert browser.execute_script("return window.played.length") == 0
    choose(browser, "Turn the sound on")
    wait_told(browser, "You are talking.")
    assert browser.execute_script("return window.contexts.map(({ state }) => state)") == ["running"]
    assert browser.find_elements(By.CSS_SELECTOR, "#choices button") == []

    browser.execute_script("window.contexts[0].suspend()")
    wait_told(browser, "The sound is paused")
    click(browser, "#hang-up")
    wait_told(browser, "You hung up")


# Silence as the agent's sound, so many bytes for each number, in one go.
SOUND = """
const bytes = '\\0'.repeat(arguments[1]);
for (const id of arguments[0]) {
  window.agents.at(-1).dispatchEvent(new MessageEvent('message', { data: JSON.stringify({
    type: 'audio', audio_event: { audio_base_64: btoa(bytes), event_id: id } }) }));
}
"""
INTERRUPTION = """
window.agents.at(-1).dispatchEvent(new MessageEvent('message', { data: JSON.stringify({
  type: 'interruption', interruption_event: { event_id: arguments[0] } }) }));
return window.played.map(({ isStopped }) => isStopped);
"""


def test_sound_is_converted_between_the_agents_formats_and_the_device(browser, public_url):
    with_minutes(browser, public_url)
    browser.execute_script("""
      window.formats = { agent_output_audio_format: 'pcm_24000', user_input_audio_format: 'ulaw_8000' };""")
    begin(browser)
    browser.execute_script(SOUND, [1], 48_000)
    assert browser.execute_script("return window.played") == [{"rate": 24_000, "seconds": 1, "isStopped": False}]
    # A quarter of a second, a byte a sample, whatever the device's rate is.
    wait(browser, lambda b: b.execute_script("return window.chunks.length") > 1)
    assert set(browser.execute_script("return window.chunks")) == {2_000}
    assert browser.execute_script("return window.contexts[0].sampleRate") != 8_000
    click(browser, "#hang-up")
    wait_told(browser, "You hung up")


def test_a_format_that_cannot_be_played_is_told_before_a_beat(browser, public_url):
    with_minutes(browser, public_url)
    browser.execute_script("window.formats = { agent_output_audio_format: 'opus_48000' };")
    click(browser, "#start")
    wait_told(browser, "cannot play or record")
    assert "Nothing was charged" in text_of(browser, "#talk-state")
    assert browser.execute_script("return window.beats.length") == 0
    assert newest(browser)["charged_ms"] == 0
    choose(browser, "Go on in writing")
    wait_told(browser, "You are talking.")
    browser.find_element(By.ID, "say-text").send_keys("I would like to walk more.\n")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.user")))


def test_an_interruption_stops_what_came_before_it_and_nothing_else(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    # Twenty seconds each: none ends by itself.
    browser.execute_script(SOUND, [5, 6, 7], 640_000)
    # The fifth stops. The two behind it move up: they are stopped, and begun anew.
    assert browser.execute_script(INTERRUPTION, 5) == [True, True, True, False, False]
    # Sound of the interrupted answer that comes late is dropped.
    browser.execute_script(SOUND, [4, 5], 640_000)
    assert browser.execute_script("return window.played.length") == 5
    # An old interruption, or the same one again, stops nothing newer.
    browser.execute_script(INTERRUPTION, 3)
    assert browser.execute_script("return window.played.filter(({ isStopped }) => !isStopped).length") == 2
    browser.execute_script(INTERRUPTION, 7)
    assert browser.execute_script("return window.played.filter(({ isStopped }) => !isStopped)") == []
    browser.execute_script(SOUND, [8], 640_000)
    assert browser.execute_script("return window.played.filter(({ isStopped }) => !isStopped).length") == 1


def test_an_unplugged_microphone_is_told(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    # There is no other one.
    browser.execute_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'))")
    unplug = "window.streams.at(-1).getTracks()[0].dispatchEvent(new Event('ended'))"
    browser.execute_script(unplug)
    wait_told(browser, "Your microphone is gone")
    choose(browser, "Go on in writing")
    wait_told(browser, "in writing")
    browser.execute_script(unplug)
    wait_told(browser, "Your microphone is gone")
    choose(browser, "Hang up")
    wait_told(browser, "You hung up")
    wait(browser, lambda b: newest(b)["state"] == "ended")
    assert newest(browser)["end_reason"] == "user"


def test_enter_twice_does_not_hang_up(browser, public_url):
    with_minutes(browser, public_url)
    wait(browser, shown.element_to_be_clickable((By.ID, "start"))).send_keys(Keys.ENTER)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_told(browser, "You are talking.")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_for_beats(browser, 2)
    assert text_of(browser, "#talk-state") == "You are talking."
    assert browser.execute_script("return window.asked.filter((line) => line.endsWith('/end'))") == []
    assert browser.execute_script("return window.asked.filter((line) => line === 'POST /sessions').length") == 1
    assert ask(browser, "/sessions?limit=2")["items"][1:] == []

    browser.find_element(By.ID, "hang-up").send_keys(Keys.ENTER)
    wait_told(browser, "You hung up")
    assert browser.execute_script("return document.activeElement !== document.body")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert text_of(browser, "#talk-state").startswith("You hung up")


# Notes among what is asked when that is loaded which records the microphone.
NOTE_RECORDER = """
const addModule = globalThis.AudioWorklet?.prototype.addModule;
if (addModule) {
  AudioWorklet.prototype.addModule = async function (...rest) {
    await addModule.apply(this, rest);
    window.asked.push('recorder');
  };
}
"""


def test_nothing_is_loaded_between_the_agents_first_word_and_the_meter(browser, public_url):
    with_minutes(browser, public_url, NOTE_RECORDER)
    begin(browser)
    asked = browser.execute_script("return window.asked")
    assert [line for line in asked if line in ("recorder", "POST /sessions")] == ["recorder", "POST /sessions"]
