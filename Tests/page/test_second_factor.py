"""Signing in to an account with an authenticator app."""
import base64
import hashlib
import hmac
import json
import struct
import time
import urllib.error
import urllib.request
import uuid

from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown

from test_journey import click, text_of, wait

PASSWORD = "a quiet mountain lake"


def post(url, body, token=None):
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(url, method="POST", data=json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def code(secret, steps=0):
    """RFC 6238, by Python's own HMAC."""
    key = base64.b32decode(secret)
    mac = hmac.new(key, struct.pack(">q", int(time.time()) // 30 + steps), hashlib.sha1).digest()
    place = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[place:place + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


def enrolled(public_url, address):
    """The recovery codes of an account whose app was confirmed by the code of the step before."""
    token = post(public_url + "/auth/register", {"email": address, "password": PASSWORD})["access_token"]
    secret = post(public_url + "/auth/totp", {}, token)["secret"]
    while True:
        try:
            return post(public_url + "/auth/totp/confirm", {"code": code(secret, -1)}, token)["recovery_codes"]
        except urllib.error.HTTPError as error:
            # The step has ended meanwhile.
            assert error.code == 401


def type_code(browser, typed):
    field = browser.find_element(By.CSS_SELECTOR, "#factor-form [name=code]")
    field.clear()
    field.send_keys(typed)
    click(browser, "#factor-form [type=submit]")


def test_a_code_is_asked_for(browser, public_url):
    address = f"page-{uuid.uuid4().hex[:10]}@example.com"
    recovery_codes = enrolled(public_url, address)
    browser.get(public_url)
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    click(browser, "#tab-login")
    browser.find_element(By.NAME, "email").send_keys(address)
    browser.find_element(By.NAME, "password").send_keys(PASSWORD)
    click(browser, "#entry-form [type=submit]")
    wait(browser, shown.visibility_of_element_located((By.ID, "factor-form")))
    assert not browser.find_element(By.ID, "entry-form").is_displayed()
    type_code(browser, "0000-0000-0000-0000")
    wait(browser, lambda b: "not right" in text_of(b, "#factor-error"))
    click(browser, "#factor-back")
    wait(browser, shown.visibility_of_element_located((By.ID, "entry-form")))
    click(browser, "#entry-form [type=submit]")
    wait(browser, shown.visibility_of_element_located((By.ID, "factor-form")))
    type_code(browser, recovery_codes[0].upper().replace("-", " "))
    wait(browser, shown.visibility_of_element_located((By.ID, "talk-card")))
    browser.forget_log()
