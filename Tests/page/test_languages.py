"""The page in Hindi: the word files are complete, the document's English is theirs, and no view speaks two languages."""
import itertools
import pathlib
import re

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from people import buy, newcomer
from talking import HOOK, press, wait_for_beats
from test_journey import text_of, wait

WEB = pathlib.Path(__file__).parents[2] / "Web"
DOCUMENTS = ("index.html", "embed/index.html", "embed/sign-in.html")
# What stays in the Latin script: names, and what one types or compares letter by letter.
LATIN = re.compile(
    r"https?://\S+|\S+@\S+|\b(?:Talktime|ElevenLabs|Google|Gemini|Razorpay|GST(?:IN)?|TT[\d-]+|UPI|OTP|PIN|QR|Language|English|Chrome|Linux"
    r"|Asha|am|pm|AM|PM)\b")
READ = """
const done = arguments[0];
Promise.all(['en', 'hi'].map((tag) => import(`/words/${tag}.js`)))
  .then((files) => done(files.map((file) => file.default)), (error) => done(String(error)));
"""
# The text of each element that has a key, as the document has it: without what stands in elements within, and with a
# name in braces for an element that has a place in the sentence.
WRITTEN = """
const [text] = arguments;
const own = (node) => [...node.childNodes].map((child) => child.nodeType === Node.TEXT_NODE ? child.textContent
  : child.dataset?.slot ? `{${child.dataset.slot}}` : '').join('').replace(/\\s+/g, ' ').trim();
const all = (root, selector) => [...root.querySelectorAll(selector),
  ...[...root.querySelectorAll('template')].flatMap(({ content }) => all(content, selector))];
const page = new DOMParser().parseFromString(text, 'text/html');
return [...all(page, '[data-words]').map((node) => [node.dataset.words, own(node)]),
  ...all(page, '[data-words-label]').map((node) => [node.dataset.wordsLabel, node.ariaLabel]),
  ...all(page, '[data-words-placeholder]').map((node) => [node.dataset.wordsPlaceholder, node.placeholder])];
"""
# What can be seen, and what is read to those who do not see: texts and labels that are not hidden.
SEEN = """
const isShown = (node) => node.checkVisibility?.({ visibilityProperty: true }) ?? true;
const texts = [document.title];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const { parentElement: parent, data } = walker.currentNode;
  if (!parent.closest('script, style, noscript, template, .lines') && isShown(parent)) texts.push(data);
}
for (const node of document.querySelectorAll('[aria-label], [placeholder]')) {
  if (isShown(node)) texts.push(node.ariaLabel ?? '', node.placeholder ?? '');
}
return texts.map((text) => text.trim()).filter(Boolean);
"""


def names(value):
    sentences = [value] if isinstance(value, str) else value.values()
    return {name for sentence in sentences for name in re.findall(r"\{(\w+)\}", sentence)}


def is_latin(text):
    return re.search("[A-Za-z]{2}", LATIN.sub("", text)) is not None


def no_english(browser, *beside):
    left = [text for text in browser.execute_script(SEEN) if is_latin(text) and text not in beside]
    assert left == []
    assert browser.execute_script("return document.documentElement.lang") == "hi"


def in_hindi(browser):
    """The browser of somebody whose first language is Hindi."""
    browser.execute_cdp_cmd("Emulation.setUserAgentOverride", {
        "userAgent": browser.execute_script("return navigator.userAgent"), "acceptLanguage": "hi-IN,en"})


def as_before(browser):
    browser.execute_cdp_cmd("Emulation.setUserAgentOverride", {
        "userAgent": browser.execute_script("return navigator.userAgent"), "acceptLanguage": "en-US,en"})


def test_the_word_files_are_complete(browser, public_url):
    browser.get(public_url)
    english, hindi = browser.execute_async_script(READ)
    browser.get(public_url + "/icon.svg")
    for document in DOCUMENTS:
        written = browser.execute_script(WRITTEN, (WEB / document).read_text("utf-8"))
        assert len(written) >= 10
        # A key that modules have, too, says the same in both places, and so do two elements with one key.
        assert [(key, text, english[key]) for key, text in written if english.setdefault(key, text) != text] == []
    # What the server says, and names of places and packs, have their English elsewhere.
    assert {key for key in hindi if not re.match(r"(problem|state|pack)\.", key)} == set(english)
    assert {key: names(hindi[key]) for key in english} == {key: names(english[key]) for key in english}
    assert all(set(value) == {"one", "other"} for words in (english, hindi) for value in words.values() if isinstance(value, dict))
    assert [key for key, value in hindi.items() if re.search("[\u0900-\u097f]", str(value)) is None] == []


def test_each_key_is_there_and_is_used():
    english = set(re.findall(r"^  '([\w.]+)':", (WEB / "words" / "en.js").read_text("utf-8"), re.M))
    assert len(english) > 500
    code = "".join(file.read_text("utf-8") for part in ("page", "both", "embed") for file in sorted((WEB / part).glob("*.js")))
    asked = set(re.findall(r"[wW]ords(?:Nodes)?\('([\w.]+)'", code))
    assert asked - english == set()
    # Keys that tables have, and the first parts of those that are put together.
    literals = set(re.findall(r"'([a-zA-Z]+(?:\.\w+)+)'", code)) | {found.rstrip(".") for found in re.findall(r"`((?:\w+\.)+)\$\{", code)}
    parts = {key.rsplit(".", 1)[0] for key in english}
    groups = {key.split(".")[0] for key in english}
    assert {text for text in literals if text.split(".")[0] in groups} <= english | parts | groups
    known = asked | literals
    assert {key for key in english if key not in known and known.isdisjoint(itertools.accumulate(key.split("."), "{}.{}".format))} == set()
    # The words of a module's top level would be English, since no language is known yet.
    assert re.findall(r"^(?:export )?const \w+ = words\(.*$", code, re.M) == []


def test_the_page_in_hindi(browser, public_url):
    in_hindi(browser)
    try:
        browser.get(public_url)
        wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#prices strong"))
        no_english(browser)
        assert "\u20b919.90 प्रति मिनट" in text_of(browser, "#prices") and "दस मिनट" in text_of(browser, "#prices")
        browser.find_element(By.CSS_SELECTOR, "#visitor a[href='/sign-up']").click()
        wait(browser, lambda b: "साइन अप" in b.title)
        browser.find_element(By.NAME, "email").send_keys("nobody")
        browser.find_element(By.NAME, "password").send_keys("short")
        browser.find_element(By.CSS_SELECTOR, "#entry-form [type=submit]").click()
        wait(browser, lambda b: text_of(b, "#entry-error"))
        assert "ईमेल पता नहीं है" in text_of(browser, "#entry-error")
        no_english(browser)
        browser.forget_log()
        # The choice of another language is kept, and taken back.
        Select(browser.find_element(By.ID, "language")).select_by_value("en")
        wait(browser, lambda b: b.execute_script("return document.body?.dataset.view") and b.title == "Sign up – Talktime")
        browser.get(public_url)
        wait(browser, lambda b: "From \u20b9" in text_of(b, "#from-price"))
        Select(browser.find_element(By.ID, "language")).select_by_value("hi")
        wait(browser, lambda b: b.find_elements(By.ID, "from-price") and text_of(b, "#from-price").endswith("से शुरू"))
        assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []
    finally:
        as_before(browser)


def test_home_in_hindi(browser, public_url):
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "{" + HOOK + "}"})
    in_hindi(browser)
    try:
        address, token = newcomer(browser, public_url, name="Asha")
        buy(public_url, token)
        browser.get(public_url)
        wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "[data-pack]"))
        wait(browser, lambda b: text_of(b, "#clock") == "10:00" and text_of(b, "#talk-state") == "जब आप चाहें, हम तैयार हैं।")
        no_english(browser)
        press(browser, "start")
        wait(browser, lambda b: text_of(b, "#talk-state") == "बातचीत चल रही है।", 40)
        assert text_of(browser, "#hang-up") == "कॉल काटें"
        no_english(browser)
        wait_for_beats(browser, 1)
        press(browser, "hang-up")
        wait(browser, lambda b: text_of(b, "#talk-state").startswith("आपने कॉल काट दी (कुल समय 0:0"))
        no_english(browser)
        for name, place in (("talks", "#history table"), ("purchases", "#purchases table"), ("account", "#security-card")):
            browser.find_element(By.CSS_SELECTOR, f"#views a[href='/{name}']").click()
            wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, place))
            no_english(browser)
        browser.execute_script("for (const part of document.querySelectorAll('details')) part.open = true")
        wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#trail .hint:not(.waiting)"))
        no_english(browser)
        browser.find_element(By.CSS_SELECTOR, "#views a[href='/purchases']").click()
        # As Intl writes a day in Hindi, with digits that can be compared.
        day = browser.execute_script("""
          return new Intl.DateTimeFormat('hi-IN-u-nu-latn', { dateStyle: 'medium' }).format(new Date())""")
        assert day in text_of(browser, "#purchases") and "\u20b9199" in text_of(browser, "#purchases")
        browser.find_element(By.ID, "statement-link").click()
        wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#statement table"))
        no_english(browser)
        browser.find_element(By.CSS_SELECTOR, "#views a[href='/talks']").click()
        browser.find_element(By.CSS_SELECTOR, "#history [data-talk]").click()
        wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#talk-record .figure"))
        identity = text_of(browser, "#talk-record code")
        no_english(browser, identity)
        assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []
    finally:
        as_before(browser)


def test_without_its_words_the_page_is_in_english(browser, public_url):
    in_hindi(browser)
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/words/hi.js"]})
    try:
        browser.get(public_url)
        wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#prices strong"))
        assert browser.execute_script("return document.documentElement.lang") == "en"
        assert text_of(browser, "#entry-title") == "Create your account"
    finally:
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
        as_before(browser)
        browser.forget_log()
