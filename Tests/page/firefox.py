"""Firefox as a driver of Selenium. Debian has no geckodriver, so its part is done here: commands go to Marionette, a
part of Firefox. What a page does before its own modules, and what its console says, goes over WebDriver BiDi."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

from selenium import webdriver
from selenium.webdriver.remote.command import Command
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Ping, Request, TextMessage

# A test may change these; the next one has them again.
DEVICES = {
    # Nobody is asked about the microphone, which is a fake one.
    "media.navigator.permission.disabled": True,
    "permissions.default.microphone": 0,
    # Sound goes to a device that does not exist. Without any, the sound context of Firefox 153 stays suspended, and its
    # `resume()` never answers.
    "media.cubeb.force_mock_context": True,
}

PREFERENCES = {
    **DEVICES,
    # A tone instead of a microphone.
    "media.navigator.streams.fake": True,
    "media.autoplay.default": 0,
    # It takes a free port and notes it in its profile.
    "marionette.port": 0,
    # Firefox leaves most of its own requests out while it is driven. The others reach nothing: a proxy is not asked for
    # the machine's own addresses.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "app.update.disabledForTesting": True,
    "datareporting.policy.dataSubmissionEnabled": False,
}

COMMANDS = {
    Command.NEW_SESSION: "WebDriver:NewSession",
    Command.GET: "WebDriver:Navigate",
    Command.REFRESH: "WebDriver:Refresh",
    Command.GO_BACK: "WebDriver:Back",
    Command.GO_FORWARD: "WebDriver:Forward",
    Command.GET_CURRENT_URL: "WebDriver:GetCurrentURL",
    Command.GET_TITLE: "WebDriver:GetTitle",
    Command.SCREENSHOT: "WebDriver:TakeScreenshot",
    Command.W3C_EXECUTE_SCRIPT: "WebDriver:ExecuteScript",
    Command.FIND_ELEMENT: "WebDriver:FindElement",
    Command.FIND_ELEMENTS: "WebDriver:FindElements",
    Command.FIND_CHILD_ELEMENT: "WebDriver:FindElement",
    Command.FIND_CHILD_ELEMENTS: "WebDriver:FindElements",
    Command.W3C_GET_ACTIVE_ELEMENT: "WebDriver:GetActiveElement",
    Command.CLICK_ELEMENT: "WebDriver:ElementClick",
    Command.CLEAR_ELEMENT: "WebDriver:ElementClear",
    Command.SEND_KEYS_TO_ELEMENT: "WebDriver:ElementSendKeys",
    Command.GET_ELEMENT_TEXT: "WebDriver:GetElementText",
    Command.GET_ELEMENT_RECT: "WebDriver:GetElementRect",
    Command.IS_ELEMENT_ENABLED: "WebDriver:IsElementEnabled",
    Command.SWITCH_TO_FRAME: "WebDriver:SwitchToFrame",
    Command.SWITCH_TO_WINDOW: "WebDriver:SwitchToWindow",
    Command.W3C_GET_CURRENT_WINDOW_HANDLE: "WebDriver:GetWindowHandle",
    Command.W3C_GET_WINDOW_HANDLES: "WebDriver:GetWindowHandles",
    Command.SET_WINDOW_RECT: "WebDriver:SetWindowRect",
    Command.W3C_ACCEPT_ALERT: "WebDriver:AcceptAlert",
    Command.W3C_DISMISS_ALERT: "WebDriver:DismissAlert",
}


class Marionette:
    """Selenium's connection: each message is a JSON list behind its length and a colon."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=60).makefile("rwb")
        self.count = 0
        hello = self.read()
        assert hello["marionetteProtocol"] == 3, hello

    def read(self):
        digits = b""
        while (byte := self.stream.read(1)) != b":":
            assert byte, "Firefox has ended"
            digits += byte
        return json.loads(self.stream.read(int(digits)))

    def ask(self, name, parameters):
        """Gives the error and the result of a command."""
        self.count += 1
        message = json.dumps([0, self.count, name, parameters]).encode()
        self.stream.write(b"%d:%s" % (len(message), message))
        self.stream.flush()
        while True:
            _, number, error, result = self.read()
            if number == self.count:
                return error, result

    def execute(self, command, parameters):
        """As Selenium asks, and as it is answered over HTTP by other drivers."""
        parameters = {name: value for name, value in (parameters or {}).items() if name != "sessionId"}
        if command == Command.NEW_SESSION:
            parameters = {"webSocketUrl": True}
        elif command in (Command.FIND_CHILD_ELEMENT, Command.FIND_CHILD_ELEMENTS):
            parameters["element"] = parameters.pop("id")
        elif command == Command.SWITCH_TO_FRAME and isinstance(parameters["id"], dict):
            parameters = {"element": parameters["id"]}
        error, result = self.ask(COMMANDS[command], parameters)
        if error:
            return {"status": 500, "value": json.dumps({"value": error})}
        return {"value": result["value"] if isinstance(result, dict) and set(result) == {"value"} else result}

    def close(self):
        self.stream.close()


class Bidi:
    """WebDriver BiDi over its web socket. The events that were read are in `events`."""

    def __init__(self, url):
        address = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=60)
        self.link = WSConnection(ConnectionType.CLIENT)
        self.count = 0
        self.events = []
        self.socket.sendall(self.link.send(Request(host=address.netloc, target=address.path)))
        self.messages = self.read()
        next(self.messages)

    def read(self):
        """Gives None as soon as the socket is open, and each message after that."""
        text = ""
        while True:
            received = self.socket.recv(65_536)
            self.link.receive_data(received or None)
            for event in self.link.events():
                if isinstance(event, AcceptConnection):
                    yield None
                elif isinstance(event, Ping):
                    self.socket.sendall(self.link.send(event.response()))
                elif isinstance(event, TextMessage):
                    text += event.data
                    if event.message_finished:
                        yield json.loads(text)
                        text = ""
                else:
                    raise AssertionError(f"Firefox has closed the socket: {event}")

    def ask(self, method, **parameters):
        self.count += 1
        message = json.dumps({"id": self.count, "method": method, "params": parameters})
        self.socket.sendall(self.link.send(TextMessage(message)))
        for answer in self.messages:
            if answer.get("id") == self.count:
                assert answer["type"] == "success", answer
                return answer["result"]
            self.events.append(answer)


class Firefox(webdriver.Remote):
    """Each test gets a tab in a container of its own, which shares neither cookies nor stores with another one."""

    def __init__(self, preferences=None):
        """`preferences` besides those that every test has."""
        self.profile = pathlib.Path(tempfile.mkdtemp(prefix="talktime-firefox-"))
        try:
            (self.profile / "user.js").write_text("".join(
                f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in {**PREFERENCES, **(preferences or {})}.items()))
            with open(self.profile / "output", "wb") as output:
                self.process = subprocess.Popen(
                    ["/usr/bin/firefox-esr", "--headless", "--no-remote", "--profile", self.profile, "--marionette",
                     "--remote-debugging-port", "0", "--remote-allow-system-access", "about:blank"],
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                    env={**os.environ, "HOME": str(self.profile), "MOZ_CRASHREPORTER_DISABLE": "1",
                         "MOZ_HEADLESS_WIDTH": "1280", "MOZ_HEADLESS_HEIGHT": "985"})
            super().__init__(command_executor=Marionette(self.port()), options=webdriver.FirefoxOptions())
            self.bidi = Bidi(self.caps["webSocketUrl"])
            self.bidi.ask("session.subscribe", events=["log.entryAdded"])
            self.container = None
        except BaseException:
            self.quit()
            raise

    def port(self):
        noted = self.profile / "MarionetteActivePort"
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            if noted.is_file() and noted.read_text():
                return int(noted.read_text())
            time.sleep(0.1)
        raise AssertionError(f"Firefox did not start: {(self.profile / 'output').read_text()[-2000:]}")

    def fresh(self):
        self.container = self.bidi.ask("browser.createUserContext")["userContext"]
        tab = self.bidi.ask("browsingContext.create", type="tab", userContext=self.container)["context"]
        self.switch_to.window(tab)

    def give_back(self):
        """Closes the test's tab. Gives the errors of its console: of scripts, of the policy, and what a page logs."""
        self.bidi.ask("browser.removeUserContext", userContext=self.container)
        events, self.bidi.events = self.bidi.events, []
        self.switch_to.window(self.window_handles[0])
        self.prefer(DEVICES)
        return [event["params"]["text"] for event in events
                if event["method"] == "log.entryAdded" and event["params"]["level"] == "error"]

    def prefer(self, preferences):
        """Changes booleans and numbers among the preferences of the browser."""
        self.command_executor.ask("Marionette:SetContext", {"value": "chrome"})
        self.execute_script("""
          for (const [name, value] of Object.entries(arguments[0])) {
            Services.prefs[typeof value === 'boolean' ? 'setBoolPref' : 'setIntPref'](name, value);
          }""", preferences)
        self.command_executor.ask("Marionette:SetContext", {"value": "content"})

    def execute_async_script(self, script, *args):
        """In the page's own realm: a module that Marionette's scripts import is a copy without the page's state."""
        answer = self.bidi.ask(
            "script.callFunction", target={"context": self.current_window_handle}, awaitPromise=True,
            functionDeclaration="(given) => new Promise((done) => { (function () {" + script +
            "})(...JSON.parse(given), done); }).then((value) => JSON.stringify(value ?? null))",
            arguments=[{"type": "string", "value": json.dumps(args)}])
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def execute_cdp_cmd(self, cmd, cmd_args):
        """The two commands of Chromium that the steps need which both browsers take."""
        if cmd == "Page.addScriptToEvaluateOnNewDocument":
            return self.bidi.ask(
                "script.addPreloadScript", functionDeclaration="() => {" + cmd_args["source"] + "}",
                userContexts=[self.container])
        assert cmd == "Network.setCookie", cmd
        return self.bidi.ask(
            "storage.setCookie", partition={"type": "storageKey", "userContext": self.container}, cookie={
                "name": cmd_args["name"], "value": {"type": "string", "value": cmd_args["value"]},
                "domain": urllib.parse.urlsplit(cmd_args["url"]).hostname, "path": cmd_args["path"],
                "httpOnly": cmd_args["httpOnly"], "sameSite": cmd_args["sameSite"].lower()})

    def quit(self):
        process = getattr(self, "process", None)
        if process is not None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)
