"""The talk itself: who speaks, the time that is left, mute, devices, minutes that are added, and what is away."""
import json
import os
import subprocess

from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.support.ui import Select

from talking import HOOK, begin, choose, newest, wait_for_beats, wait_told, with_minutes
from test_buying import sign_up
from test_journey import click, milliseconds, pay, text_of, wait

# How loud each chunk is that the agent hears.
PEAKS = """
window.peaks = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  const chunk = JSON.parse(data).user_audio_chunk;
  if (chunk) {
    const bytes = Uint8Array.from(atob(chunk), (character) => character.charCodeAt(0));
    window.peaks.push(Math.max(...new Int16Array(bytes.buffer).map(Math.abs)));
  }
  return send.call(this, data);
};
"""
# So many milliseconds of a loud voice of the agent.
VOICE = """
const samples = new Int16Array(16 * arguments[0]).map((_, index) => 12_000 * Math.sin(index / 6));
const bytes = [...new Uint8Array(samples.buffer)].map((byte) => String.fromCharCode(byte)).join('');
window.agents.at(-1).dispatchEvent(new MessageEvent('message', { data: JSON.stringify({
  type: 'audio', audio_event: { audio_base_64: btoa(bytes), event_id: 90 } }) }));
"""
HEIGHTS = "return [...document.querySelectorAll('.voices .agent rect')].map((bar) => Number(bar.getAttribute('height')))"


def voice(browser, side):
    return text_of(browser, f".voices .{side} .doing")


def level(browser):
    return browser.find_element(By.ID, "talk-card").get_attribute("data-level")


def test_who_speaks_is_seen_and_a_microphone_can_be_muted(browser, public_url):
    with_minutes(browser, public_url, PEAKS)
    begin(browser)
    wait(browser, lambda b: voice(b, "agent") == "quiet")
    assert text_of(browser, "#ring-words") == "left of 10:00"
    browser.execute_script(VOICE, 2_000)
    wait(browser, lambda b: voice(b, "agent") == "speaking" and max(b.execute_script(HEIGHTS)) > 12)
    wait(browser, lambda b: voice(b, "agent") == "quiet")
    # Who wants no motion reads it, and the bars have two heights in all.
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]})
    browser.execute_script(VOICE, 1_500)
    wait(browser, lambda b: voice(b, "agent") == "speaking")
    still = browser.execute_script(HEIGHTS)
    assert max(still) > 12
    wait(browser, lambda b: voice(b, "agent") == "quiet")
    assert set(browser.execute_script(HEIGHTS)) == {4}

    # The fake microphone beeps.
    wait(browser, lambda b: voice(b, "user") == "speaking")
    wait(browser, lambda b: max(b.execute_script("return window.peaks")) > 500)
    click(browser, "#mute")
    wait_told(browser, "You are muted: the agent hears silence, and the clock goes on.")
    wait(browser, lambda b: voice(b, "user") == "muted")
    before = milliseconds(text_of(browser, "#clock"))
    heard = browser.execute_script("return window.peaks.length")
    wait(browser, lambda b: b.execute_script("return window.peaks.length") >= heard + 8)
    assert set(browser.execute_script("return window.peaks.slice(-6)")) == {0}
    assert milliseconds(text_of(browser, "#clock")) < before
    spent = text_of(browser, "#spent")
    assert spent.endswith("talked so far") and milliseconds(spent.split()[0]) > 0
    click(browser, "#mute")
    wait_told(browser, "You are talking.")
    muted = browser.execute_script("return window.peaks.length")
    wait(browser, lambda b: max(b.execute_script("return window.peaks.slice(arguments[0])", muted) or [0]) > 500)


def grant(browser, time):
    address = browser.find_element(By.ID, "who").text
    subprocess.run(
        [os.environ["TALKTIME_DEV"], "talktime", "wallet", "grant", address, f"--milliseconds={time}", "--reason", "test"],
        check=True, stdout=subprocess.DEVNULL)


# The server's message of the last seconds, while no beat tells otherwise.
LAST_SECONDS = """
const done = arguments[0];
window.isAsleep = true;
window.links.at(-1).dispatchEvent(new MessageEvent('message', { data: JSON.stringify({
  type: 'low', remaining_ms: 12_000, charged_ms: 43_000, warning: 'low_15' }) }));
setTimeout(() => {
  window.isAsleep = false;
  const text = (id) => document.getElementById(id).textContent;
  done([document.getElementById('talk-card').dataset.level, text('ring-words'), text('top-up-text'), text('notices')]);
}, 400);
"""


def test_minutes_are_added_without_leaving_the_talk(browser, public_url):
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "{" + HOOK + "}"})
    sign_up(browser, public_url)
    # Without minutes the first thing to do is the first thing that is seen.
    assert not browser.find_element(By.ID, "start").is_displayed()
    click(browser, "#add-minutes")
    assert browser.execute_script("return document.activeElement.id") == "packs-title"
    grant(browser, 55_000)
    browser.refresh()
    wait(browser, lambda b: b.find_elements(By.ID, "clock") and text_of(b, "#clock") == "0:55")
    begin(browser)
    wait(browser, lambda b: level(b) == "low")
    assert text_of(browser, "#ring-words") == "Less than a minute left"
    wait(browser, lambda b: text_of(b, "#top-up-text").startswith("Less than a minute left"))
    # One warning at a time, and nothing lies over the page.
    last, ring, warning, notices = browser.execute_async_script(LAST_SECONDS)
    assert (last, ring, notices) == ("last", "Less than 15 seconds left", "")
    assert warning.startswith("Less than 15 seconds left")
    wait(browser, lambda b: text_of(b, "#top-up-text").startswith("Less than a minute left"))
    talk = newest(browser)["id"]
    click(browser, "[data-top-up]")
    pay(browser)
    wait(browser, lambda b: level(b) == "plenty" and text_of(b, "#ring-words").startswith("left of 10:"))
    assert text_of(browser, "#top-up") == ""
    assert text_of(browser, "#talk-state") == "You are talking."
    wait(browser, lambda b: b.execute_script("return document.activeElement.id") == "talk-title")
    wait_for_beats(browser, 2)
    assert (newest(browser)["id"], newest(browser)["state"]) == (talk, "live")


OPEN_TRACKS = """
return window.streams.flatMap((stream) => stream.getTracks()).filter(({ readyState }) => readyState === 'live')
  .map(({ label }) => label);
"""
CHUNKS = "return window.chunks.length"


def pick(browser, name, index):
    """Chooses from a list of devices; gives the label."""
    choice = Select(browser.find_element(By.ID, name))
    label = choice.options[index].text
    choice.select_by_index(index)
    return label


def test_devices_are_chosen_before_and_in_a_talk_and_remembered(browser, public_url):
    with_minutes(browser, public_url)
    click(browser, "#sound-devices summary")
    wait(browser, lambda b: b.find_element(By.ID, "microphone").is_displayed()
         or b.find_element(By.ID, "name-devices").is_displayed())
    if browser.find_element(By.ID, "name-devices").is_displayed():
        click(browser, "#name-devices")
    wait(browser, shown.visibility_of_element_located((By.ID, "microphone")))
    second = pick(browser, "microphone", 2)
    begin(browser)
    assert browser.execute_script(OPEN_TRACKS) == [second]

    first = pick(browser, "microphone", 1)
    wait_told(browser, f"The agent hears you through \u201c{first}\u201d now.")
    assert browser.execute_script(OPEN_TRACKS) == [first]
    heard = browser.execute_script(CHUNKS)
    wait(browser, lambda b: b.execute_script(CHUNKS) > heard)
    assert browser.find_element(By.ID, "speaker").is_displayed()
    pick(browser, "speaker", 1)
    wait(browser, lambda b: b.execute_script("return window.contexts[0].sinkId"))

    # One that cannot be used leaves the one before.
    browser.execute_script("""
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotReadableError'));""")
    pick(browser, "microphone", 2)
    wait(browser, lambda b: f"\u201c{second}\u201d cannot be used" in text_of(b, "#devices-hint"))
    assert Select(browser.find_element(By.ID, "microphone")).first_selected_option.text == first
    assert browser.execute_script(OPEN_TRACKS) == [first]
    stored = browser.execute_script("return [localStorage['talktime-microphone'], localStorage['talktime-speaker']]")
    assert json.loads(stored[0])["label"] == first
    assert json.loads(stored[1])["id"] == browser.execute_script("return window.contexts[0].sinkId")

    # A speaker that is unplugged gives way to the system's own.
    browser.execute_script("""
      const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
      navigator.mediaDevices.enumerateDevices = async () => (await list()).filter(
        ({ deviceId }) => deviceId !== window.contexts[0].sinkId);
      navigator.mediaDevices.dispatchEvent(new Event('devicechange'));""")
    wait(browser, lambda b: "is gone. The sound comes from the system" in text_of(b, "#notices"))
    wait(browser, lambda b: b.execute_script("return window.contexts[0].sinkId") == "")


UNPLUG = """
const track = window.streams.at(-1).getAudioTracks()[0];
track.stop();
track.dispatchEvent(new Event('ended'));
"""


def test_an_unplugged_device_falls_over_to_another(browser, public_url):
    with_minutes(browser, public_url)
    begin(browser)
    click(browser, "#mute")
    wait_told(browser, "You are muted")
    browser.execute_script(UNPLUG)
    wait_told(browser, "Your microphone is gone. The agent hears you through \u201c")
    # Who was muted stays so.
    assert text_of(browser, "#talk-state").endswith("You are still muted.")
    assert browser.execute_script("return window.streams.at(-1).getAudioTracks()[0].enabled") is False
    click(browser, "#mute")
    heard = browser.execute_script(CHUNKS)
    wait(browser, lambda b: b.execute_script(CHUNKS) > heard)

    browser.execute_script("""
      window.realMedia = navigator.mediaDevices.getUserMedia;
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'));""")
    browser.execute_script(UNPLUG)
    wait_told(browser, "Your microphone is gone: the agent does not hear you.")
    assert not browser.find_element(By.ID, "mute").is_displayed()
    choose(browser, "Go on in writing")
    wait_told(browser, "in writing")
    # As soon as one is plugged in, the agent hears it.
    browser.execute_script("""
      navigator.mediaDevices.getUserMedia = window.realMedia;
      navigator.mediaDevices.dispatchEvent(new Event('devicechange'));""")
    wait_told(browser, "There is a microphone again.")
    heard = browser.execute_script(CHUNKS)
    wait(browser, lambda b: b.execute_script(CHUNKS) > heard)


CONSENT = """
const plain = window.fetch;
let isGiven = false;
window.fetch = (path, options) => {
  if (path === '/auth/consent') isGiven = true;
  if (path === '/auth/consent') return Promise.resolve(new Response(null, { status: 204 }));
  if (path !== '/sessions' || isGiven) return plain(path, options);
  return Promise.resolve(new Response(JSON.stringify({ code: 'consent_required', version: '1' }), {
    status: 403, headers: { 'Content-Type': 'application/problem+json' } }));
};
"""


def test_a_consent_that_is_not_given_leaves_the_card_ready(browser, public_url):
    with_minutes(browser, public_url)
    browser.execute_script(CONSENT)
    click(browser, "#start")
    wait(browser, lambda b: "The talk is recorded" in text_of(b, "#consent"))
    click(browser, "#consent button.quiet")
    wait_told(browser, "Ready when you are.")
    click(browser, "#start")
    click(browser, "#consent button.primary")
    wait_told(browser, "You are talking.")


# Holds the answers about the health back until the test gives them.
HOLD_HEALTH = """
const plain = window.fetch;
window.held = [];
window.fetch = (path, options) =>
  (path !== '/healthz' ? plain(path, options) : new Promise((resolve) => window.held.push(resolve)));
dispatchEvent(new Event('online'));
"""


def test_a_question_about_the_health_is_not_lost_behind_an_earlier_one(browser, public_url):
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.execute_script(HOLD_HEALTH)
    wait(browser, lambda b: b.execute_script("return window.held.length") == 1)
    browser.execute_script("dispatchEvent(new Event('online')); window.held[0](new Response('{}'))")
    wait(browser, lambda b: b.execute_script("return window.held.length") == 2)
    browser.execute_script("window.held[1](new Response(JSON.stringify({ missing: ['task'] }), { status: 503 }))")
    wait(browser, lambda b: "Care plans and mails come later just now." in text_of(b, "#outage"))


OUTAGE = """
window.missing = arguments[0];
window.plainFetch ??= window.fetch;
window.fetch = (path, options) => path !== '/healthz' || !window.missing ? window.plainFetch(path, options)
  : Promise.resolve(new Response(JSON.stringify({ code: 'services_missing', missing: window.missing }), { status: 503 }));
dispatchEvent(new Event('online'));
"""


def test_what_is_away_is_said_in_one_sentence(browser, public_url):
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    assert text_of(browser, "#outage") == ""
    stage = "import('/page/talk-stage.js').then(({ setStage }) => setStage(arguments[0]))"
    for missing, resting, talking in (
        (["session"], "Talks cannot begin just now, because a part of Talktime is away. No talk time is used meanwhile.", ""),
        (["billing", "task"], "Minutes cannot be bought just now. Talks work, and no talk time is used",
         "Your talk goes on, and is charged as ever."),
        (["task"], "Care plans and mails come later just now.", "Your talk goes on, and is charged as ever."),
    ):
        browser.execute_script(OUTAGE, missing)
        wait(browser, lambda b: resting in text_of(b, "#outage"))  # noqa: B023
        browser.execute_script(stage, "live")
        # That no time is used is not said to who talks.
        wait(browser, lambda b: "no talk time" not in text_of(b, "#outage").lower())
        assert talking in text_of(browser, "#outage")
        browser.execute_script(stage, "rest")
    browser.execute_script(OUTAGE, None)
    wait(browser, lambda b: text_of(b, "#outage") == "")
