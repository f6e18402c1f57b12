"""What the tests of talks share: somebody with minutes, and a page whose network, microphone and sound a test operates."""
import json
import urllib.request

from selenium.common.exceptions import ElementClickInterceptedException
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from people import PASSWORD, customer
from test_journey import go, text_of, wait  # noqa: F401

# `isSilent` drops what comes and goes, as a network does that loses its packets: nothing is closed and nothing fails. With `ours` the agent is still reached, and with `agents` only we are.
# `isAsleep` stops the page's workers. `formats` replaces members of the agent's metadata.
HOOK = """
Object.assign(window, {
  isSilent: false, isAsleep: false, formats: {}, asked: [], links: [], agents: [], beats: [], chunks: [], contexts: [],
  streams: [], played: [], told: [],
});
const isDropped = (socket) => window.isSilent === true || window.isSilent && window[{ ours: 'links', agents: 'agents' }[window.isSilent]].includes(socket);
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  constructor(url, protocols) {
    super(url, protocols);
    (url.endsWith('/link') ? window.links : window.agents).push(this);
    for (const kind of ['open', 'message', 'close', 'error']) {
      this.addEventListener(kind, (event) => {
        // Those that a test has made are not trusted.
        if (!event.isTrusted) return;
        if (isDropped(this)) { event.stopImmediatePropagation(); return; }
        if (!String(event.data).includes('conversation_initiation_metadata_event')) return;
        event.stopImmediatePropagation();
        const message = JSON.parse(event.data);
        Object.assign(message.conversation_initiation_metadata_event, window.formats);
        this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
      });
    }
  }
  send(data) {
    const message = JSON.parse(data);
    if (message.type === 'heartbeat') window.beats.push(performance.now());
    if (message.user_audio_chunk) window.chunks.push(atob(message.user_audio_chunk).length);
    if (!isDropped(this)) super.send(data);
  }
};
const realFetch = window.fetch;
window.fetch = (path, options = {}) => {
  window.asked.push(`${options.method || 'GET'} ${path}`);
  if (!window.isSilent || window.isSilent === 'agents') return realFetch(path, options);
  return new Promise((resolve, reject) => {
    options.signal?.addEventListener('abort', () => reject(options.signal.reason));
  });
};
const RealWorker = window.Worker;
window.Worker = class extends RealWorker {
  constructor(...rest) {
    super(...rest);
    this.addEventListener('message', (event) => { if (window.isAsleep) event.stopImmediatePropagation(); });
  }
};
const Context = window.AudioContext;
window.AudioContext = class extends Context {
  constructor(...rest) { super(...rest); window.contexts.push(this); }
};
const { start, stop } = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (at) {
  this.note = { rate: this.buffer.sampleRate, seconds: this.buffer.duration, isStopped: false };
  window.played.push(this.note);
  return start.call(this, at);
};
AudioScheduledSourceNode.prototype.stop = function (...rest) {
  if (this.note) this.note.isStopped = true;
  return stop.call(this, ...rest);
};
const media = navigator.mediaDevices;
const getUserMedia = media?.getUserMedia.bind(media);
if (media) {
  media.getUserMedia = async (wishes) => {
    const stream = await getUserMedia(wishes);
    window.streams.push(stream);
    return stream;
  };
}
// Each sentence of the talk's state, with its time.
new MutationObserver(() => {
  const text = document.getElementById('talk-state')?.textContent;
  if (text && text !== window.told.at(-1)?.text) window.told.push({ text, at: performance.now() });
}).observe(document, { subtree: true, childList: true, characterData: true });
"""

# The microphone's question stays open until the test answers it.
UNANSWERED = """
const answered = navigator.mediaDevices?.getUserMedia;
if (answered) {
  navigator.mediaDevices.getUserMedia = (wishes) => new Promise((resolve, reject) => {
    window.allowMicrophone = () => answered(wishes).then(resolve);
    window.refuseMicrophone = (name) => reject(new DOMException('refused by the test', name));
  });
}
"""


def with_minutes(browser, public_url, *scripts):
    """Opens the page of somebody who has bought ten minutes; gives the address."""
    for script in (HOOK, *scripts):
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "{" + script + "}"})
    return customer(browser, public_url, name="Asha")[0]


def wait_told(browser, words, seconds=20):
    wait(browser, lambda b: words in text_of(b, "#talk-state"), seconds)


def press(browser, name):
    """Presses a button of the talk as soon as nothing covers it."""

    def is_pressed(b):
        button = b.find_element(By.ID, name)
        if not (button.is_displayed() and button.is_enabled()):
            return False
        try:
            button.click()
        except ElementClickInterceptedException:
            return False
        return True

    wait(browser, is_pressed)


def begin(browser):
    press(browser, "start")
    wait_told(browser, "You are talking.", 40)


def wait_for_beats(browser, count):
    """Waits until so many more beats were sent over the link."""
    before = browser.execute_script("return window.beats.length")
    wait(browser, lambda b: b.execute_script("return window.beats.length") > before + count)


def choose(browser, text):
    found = wait(browser, shown.element_to_be_clickable((By.XPATH, f"//div[@id='choices']/button[text()='{text}']")))
    found.click()


def ask(browser, path):
    """Asks the server as the page's user."""
    answer = browser.execute_async_script("""
      const [path, done] = arguments;
      import('/both/api.js').then((api) => api.get(path)).then(done, (error) => done({ failed: String(error) }));""", path)
    assert "failed" not in answer, answer
    return answer


def newest(browser):
    return ask(browser, "/sessions?limit=1")["items"][0]


def charges_nothing(browser):
    """Neither was a talk begun, nor is the agent called, nor are minutes missing."""
    balance = ask(browser, "/billing/balance")
    return (not browser.execute_script("return window.asked.filter((line) => line === 'POST /sessions')")
            and not browser.execute_script("return window.agents.length")
            and not ask(browser, "/sessions?limit=1")["items"]
            and (balance["available_ms"], balance["held_ms"]) == (600_000, 0))


def elsewhere(public_url, method, path, token=None, body=None):
    """A request of another device."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(
        public_url + path, method=method, headers=headers, data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def sign_in_elsewhere(public_url, address):
    return elsewhere(public_url, "POST", "/auth/login", body={"email": address, "password": PASSWORD})["access_token"]
