"""What every view of the console does: it rests unseen, sorts, is saved, and says what keeps it."""
import uuid

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from test_console import buttons, enter, is_silent, operator, press
from test_journey import click, text_of, wait


def test_polls_rest_while_nobody_looks(browser, public_url):
    chief = operator(public_url, "support")
    enter(browser, chief)
    wait(browser, lambda b: "Updated" in text_of(b, "#updated"))
    looks = browser.execute_async_script("""
      const done = arguments[0];
      import('/console/poll.js').then(async ({ poll }) => {
        const stop = new AbortController();
        let count = 0;
        const see = (value) => {
          Object.defineProperty(document, 'visibilityState', { value, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        };
        const pause = (time) => new Promise((next) => { setTimeout(next, time); });
        poll(async () => { count += 1; }, 20, stop.signal);
        await pause(200);
        const seen = count;
        see('hidden');
        await pause(60);
        const hidden = count;
        await pause(200);
        const later = count;
        see('visible');
        await pause(60);
        const again = count;
        stop.abort();
        await pause(100);
        // An error makes the pauses longer, and the server's word counts.
        const failing = new AbortController();
        let tries = 0;
        poll(async () => { tries += 1; throw Object.assign(new Error(), { retryAfter: 1 }); }, 5, failing.signal);
        await pause(300);
        failing.abort();
        done({ seen, hidden, later, again, stopped: count, tries });
      });""")
    assert looks["seen"] >= 2 and looks["later"] == looks["hidden"] and looks["again"] > looks["later"], looks
    assert looks["stopped"] <= looks["again"] + 1 and looks["tries"] == 1, looks
    is_silent(browser)


def test_what_is_saved_is_no_formula(browser, public_url):
    enter(browser, operator(public_url, "support"), "#types")
    saved = browser.execute_async_script("""
      const done = arguments[0];
      import('/console/csv.js').then(({ csv }) => done(csv([
        ['=1+1', '+cmd', '-cmd', '@x', '\\t=1', ' =1', '-26961', 12, null],
        ['a;=1', 'b| @x', 'c\\t+1', 'd;"-1"', 'e\\n=1', 'f; g-1|h'],
        ['a,b', 'say "so"', 'two\\nlines', 'plain']])));""")
    assert saved == ("'=1+1,'+cmd,'-cmd,'@x,'\t'=1,' =1,-26961,12,\r\n"
                     "a;'=1,b| '@x,c\t'+1,\"d;\"\"'-1\"\"\",\"e\n'=1\",f; g-1|h\r\n" +
                     '"a,b","say ""so""","two\nlines",plain\r\n')
    # A table sorts by its headings, with words for screen readers, and is saved as it is sorted.
    names = lambda: browser.execute_script(  # noqa: E731
        "return [...document.querySelectorAll('tbody tr')].map((row) => row.dataset.row)")
    wait(browser, lambda b: len(names()) > 5)
    browser.execute_script("""
      URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; }); return '#types'; };""")
    heading = "[data-sort=Type]"
    for order, is_reverse in (("ascending", False), ("descending", True)):
        browser.find_element(By.CSS_SELECTOR, heading).send_keys(Keys.ENTER)
        assert names() == sorted(names(), reverse=is_reverse)
        assert browser.find_element(By.CSS_SELECTOR, "[aria-sort]").get_attribute("aria-sort") == order
        assert browser.switch_to.active_element.get_attribute("data-sort") == "Type"
    press(browser, "Export CSV")
    lines = wait(browser, lambda b: b.execute_script("return window.saved")).splitlines()
    assert lines[0].lstrip("\ufeff") == "Type,Waiting,Running,Limits,Pause" and lines[1].startswith(names()[0])
    is_silent(browser)


def test_a_list_goes_on_over_empty_pages(browser, public_url):
    """A page of a filter may be empty and not the last one: it is not taken for the end."""
    enter(browser, operator(public_url, "support"), "#types")
    seen = browser.execute_async_script("""
      const done = arguments[0];
      import('/console/data-table.js').then(async ({ dataTable, pages }) => {
        let asked = [];
        const get = async (path) => {
          asked.push(path);
          const number = asked.length;
          return { items: number === 13 ? [{ id: 'found' }] : [], next_cursor: number < 14 ? `c${number}` : null };
        };
        const table = dataTable({ name: 'x', label: 'X', nothing: 'No such task.', columns: [
          { head: 'Id', of: ({ id }) => id }] });
        document.getElementById('view').append(table.node);
        const { rows, more } = await pages(get, '/tasks?state=failed');
        table.set(rows, more);
        const [first, words] = [asked, table.node.textContent];
        asked = Array(first.length).fill('');
        const button = [...table.node.querySelectorAll('button')].find((each) => each.textContent === 'Load more');
        button.click();
        while (!table.node.querySelector('tbody')) await new Promise((next) => { setTimeout(next, 5); });
        done([first.length, first[1], words, table.node.querySelector('tbody').textContent,
          table.node.querySelector('[role=status]').textContent]);
      });""")
    assert seen[:2] == [10, "/tasks?state=failed&limit=100&cursor=c1"], seen
    assert "Nothing was found so far." in seen[2] and "No such task." not in seen[2]
    assert seen[3:] == ["found", "1 so far"]
    is_silent(browser)


def test_a_late_answer_is_dropped(browser, public_url):
    """A place shows the answer to its newest question, in whatever order the answers come."""
    enter(browser, operator(public_url, "support"), "#types")
    shown = browser.execute_async_script("""
      const done = arguments[0];
      import('/both/places.js').then(async ({ clear, fill }) => {
        const [place, stop] = [document.createElement('div'), new AbortController()];
        const answers = [];
        const ask = () => fill(place, () => new Promise((...ends) => { answers.push(ends); }),
          (text) => document.createTextNode(text), stop.signal);
        const first = ask();
        const second = ask();
        answers[1][0]('the second');
        await second;
        answers[0][0]('the first');
        await first;
        const after = place.textContent;
        const third = ask();
        clear(place);
        answers[2][1](new Error('too late'));
        await third;
        done([after, place.textContent, place.getAttribute('aria-busy')]);
      });""")
    assert shown == ["the second", "", None]
    is_silent(browser)


def test_a_place_tries_again_without_a_word(browser, public_url):
    """Without a connection a place asks again by itself. What it says stays, and is not said again."""
    enter(browser, operator(public_url, "support"), "#types")
    seen = browser.execute_async_script("""
      const done = arguments[0];
      const plain = window.setTimeout;
      window.setTimeout = (body, time, ...rest) => plain(body, time === 5000 ? 10 : time, ...rest);
      import('/both/places.js').then(async ({ fill }) => {
        const [place, stop] = [document.createElement('div'), new AbortController()];
        document.getElementById('view').append(place);
        let [tries, isReached] = [0, false];
        const load = async () => {
          tries += 1;
          if (!isReached) throw new TypeError('Failed to fetch');
          return 'what was found';
        };
        const until = async (is) => { while (!is()) await new Promise((next) => { plain(next, 5); }); };
        fill(place, load, (text) => document.createTextNode(text), stop.signal);
        const waits = place.querySelectorAll('[role=status] .bone').length;
        await until(() => tries > 1);
        const [alert, button] = [place.querySelector('[role=alert]'), place.querySelector('button')];
        button.focus();
        await until(() => tries > 4);
        const isKept = alert.isConnected && document.activeElement === button;
        isReached = true;
        await until(() => place.textContent === 'what was found');
        const focus = document.activeElement.tagName;
        stop.abort();
        const asked = tries;
        await new Promise((next) => { plain(next, 50); });
        done([waits, alert.textContent, isKept, focus, tries - asked]);
      });""")
    assert seen == [3, "There is no connection just now.", True, "H1", 0]
    is_silent(browser)


def test_a_view_says_what_keeps_it(browser, public_url):
    enter(browser, operator(public_url, "support"), "#types")
    wait(browser, lambda b: "care_plan" in text_of(b, "#view"))
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **network})
    click(browser, "#views [href='#events']")
    wait(browser, lambda b: "There is no connection just now." in text_of(b, "#view"))
    assert browser.find_element(By.ID, "offline").is_displayed()
    # Nobody has to press anything when the network is back.
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **network})
    wait(browser, lambda b: "session.settler" in text_of(b, "#view"))
    assert not browser.find_element(By.ID, "offline").is_displayed()
    # An error is said with the number that finds it in the logs, and can be tried again.
    browser.get(f"{public_url}/console#tasks/{uuid.uuid4()}")
    wait(browser, lambda b: "There is no such thing" in text_of(b, "#view") and "Request " in text_of(b, "#view"))
    press(browser, "Try again")
    wait(browser, lambda b: "Try again" in buttons(b) and b.switch_to.active_element.tag_name == "h1")
    # What is no age is left out of the filter.
    browser.get(f"{public_url}/console#tasks?older=x")
    wait(browser, lambda b: "The newest tasks" in text_of(b, "#view"))
    browser.get(f"{public_url}/console#nowhere")
    wait(browser, lambda b: "There is no such view" in text_of(b, "#view"))
    browser.forget_log()
