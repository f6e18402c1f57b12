"""The journeys with sound in Firefox: one of its own from the form to the care plan, and those of Chromium."""
import uuid

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as shown

from firefox import Firefox
from talking import HOOK, begin, charges_nothing, choose, newest, wait_for_beats, wait_told, with_minutes
from test_journey import click, go, milliseconds, pay, text_of, wait
from test_talk_view import HEIGHTS, PEAKS, VOICE, voice

# The same steps as in Chromium.
from test_call_setup import (  # noqa: F401
    test_a_paused_sound_is_told_at_once_and_one_tap_resumes_it,
    test_an_interruption_stops_what_came_before_it_and_nothing_else,
    test_sound_is_converted_between_the_agents_formats_and_the_device,
)
from test_network import SILENCE, test_eight_silent_seconds_do_not_end_a_talk  # noqa: F401


@pytest.fixture(scope="module")
def firefox():
    kept = Firefox()
    yield kept
    kept.quit()


@pytest.fixture
def browser(firefox, request):
    firefox.fresh()
    yield firefox
    errors = firefox.give_back()
    if "silent_seconds" in request.function.__name__:
        # Firefox itself tells of each socket that was given up before it was open.
        errors = [text for text in errors if "/link" not in text]
    assert errors == []


def write(browser, text):
    browser.find_element(By.ID, "say-text").send_keys(text + Keys.ENTER)
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.user")))


def test_the_journey_with_sound(browser, public_url):
    for script in (HOOK, PEAKS):
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "{" + script + "}"})
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    browser.find_element(By.NAME, "name").send_keys("Asha")
    browser.find_element(By.NAME, "email").send_keys(f"page-{uuid.uuid4().hex[:10]}@example.com")
    browser.find_element(By.NAME, "password").send_keys("a quiet mountain lake")
    click(browser, "#entry-form [type=submit]")
    wait(browser, lambda b: text_of(b, "#clock") == "0:00")
    click(browser, "[data-pack]")
    pay(browser)
    wait(browser, lambda b: text_of(b, "#clock") == "10:00")

    begin(browser)
    wait_for_beats(browser, 2)
    assert browser.execute_script("return window.contexts.map(({ state }) => state)") == ["running"]
    # The agent hears the fake microphone's tone.
    wait(browser, lambda b: max(b.execute_script("return window.peaks") or [0]) > 500)
    wait(browser, lambda b: voice(b, "user") == "speaking")
    assert set(browser.execute_script("return window.chunks")) == {8_000}
    # And its voice is played.
    browser.execute_script(VOICE, 1_500)
    wait(browser, lambda b: voice(b, "agent") == "speaking" and max(b.execute_script(HEIGHTS)) > 12)
    assert browser.execute_script("return window.played.at(-1)") == {"rate": 16_000, "seconds": 1.5, "isStopped": False}
    wait(browser, lambda b: voice(b, "agent") == "quiet")
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "#lines li.agent")))
    # The agent writes a plan only of what was said.
    write(browser, "I sleep badly and would like to walk more.")
    wait(browser, lambda b: milliseconds(text_of(b, "#clock")) <= 592_000)
    click(browser, "#hang-up")
    wait_told(browser, "You hung up after 0:")
    assert 540_000 <= milliseconds(text_of(browser, "#clock")) <= 592_000

    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-plan][data-state=ready]")), 60)
    go(browser, "talks")
    click(browser, "[data-plan]")
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#plan-body h3"))


def test_after_forty_silent_seconds_both_are_heard_again(browser, public_url):
    with_minutes(browser, public_url, PEAKS)
    begin(browser)
    wait_for_beats(browser, 2)
    first = newest(browser)
    browser.execute_script(SILENCE, 40_000)
    wait_told(browser, "No connection.")
    wait_told(browser, "The connection was lost for too long, and the clock has stopped.", 30)
    heard = browser.execute_script("return window.chunks.length")
    wait_told(browser, "The connection is back, and the talk goes on where it was. You are talking.", 60)
    wait_for_beats(browser, 2)
    second = newest(browser)
    assert second["id"] != first["id"] and second["conversation_id"] == first["conversation_id"]
    # By the same socket and the same sound.
    assert browser.execute_script("return [window.agents.length, window.contexts.length]") == [1, 1]
    wait(browser, lambda b: b.execute_script("return window.chunks.length") > heard and voice(b, "user") == "speaking")
    browser.execute_script(VOICE, 1_500)
    wait(browser, lambda b: voice(b, "agent") == "speaking")
    click(browser, "#hang-up")
    wait_told(browser, "You hung up after 0:")


def test_a_refused_microphone_costs_nothing_until_one_goes_on_in_writing(browser, public_url):
    with_minutes(browser, public_url)
    # By the browser itself, as of somebody who has told it to refuse all pages.
    browser.prefer({"media.navigator.permission.disabled": False, "permissions.default.microphone": 2})
    click(browser, "#start")
    wait_told(browser, "The microphone is not allowed for this page.")
    assert charges_nothing(browser)
    choose(browser, "Go on in writing")
    wait_told(browser, "You are talking.")
    write(browser, "I would like to walk more.")
    wait_for_beats(browser, 1)
    assert browser.execute_script("return window.chunks.length") == 0


def test_a_computer_without_a_device_for_sound_costs_nothing_until_one_goes_on_without(browser, public_url):
    with_minutes(browser, public_url)
    browser.prefer({"media.cubeb.force_mock_context": False})
    click(browser, "#start")
    wait_told(browser, "The sound is off. Nothing is charged yet.")
    # Trying does not help, and says so again.
    choose(browser, "Turn the sound on")
    wait_told(browser, "The sound is off. Nothing is charged yet.")
    assert charges_nothing(browser)
    choose(browser, "Go on without sound")
    wait_told(browser, "You are talking.")
    write(browser, "I would like to walk more.")
