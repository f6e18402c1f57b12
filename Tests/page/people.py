"""Somebody who is signed in, without the form, the checkout and their time: for tests about what comes after."""
import http.cookies
import json
import os
import urllib.request
import uuid

from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.common.by import By

from test_journey import text_of, wait

PASSWORD = "a quiet mountain lake"


def send(url, body=None, token=None, **headers):
    """Posts JSON; gives the decoded answer and the cookies that it sets."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, method="POST", data=json.dumps(body or {}).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
        cookies = [http.cookies.SimpleCookie(line) for line in answer.headers.get_all("Set-Cookie") or []]
        return json.loads(text) if text else None, [morsel for cookie in cookies for morsel in cookie.values()]


def newcomer(browser, public_url, **members):
    """Makes an account, whose device this browser is; gives its address and an access token. No page is opened."""
    address = f"page-{uuid.uuid4().hex[:10]}@example.com"
    tokens, cookies = send(
        public_url + "/auth/register", {"email": address, "password": PASSWORD, **members},
        **{"X-Session": "cookie", "Origin": public_url,
           "User-Agent": browser.execute_script("return navigator.userAgent")})
    for cookie in cookies:
        browser.execute_cdp_cmd("Network.setCookie", {
            "name": cookie.key, "value": cookie.value, "url": public_url, "path": cookie["path"], "httpOnly": True,
            "sameSite": "Strict"})
    return address, tokens["access_token"]


def buy(public_url, token):
    """Buys the first pack, ten minutes, as Razorpay's checkout does it."""
    with urllib.request.urlopen(public_url + "/billing/packs", timeout=20) as answer:
        pack = json.load(answer)["items"][0]["id"]
    order, _ = send(public_url + "/billing/orders", {"pack_id": pack}, token, **{"Idempotency-Key": uuid.uuid4().hex})
    payment = f"{os.environ['SANDBOX_URL']}/control/razorpay/orders/{order['razorpay_order_id']}/pay"
    paid, _ = send(payment, {"outcome": "captured"})
    verified, _ = send(public_url + "/billing/payments/verify", paid, token)
    assert verified["status"] == "captured", verified


def customer(browser, public_url, **members):
    """Opens the page of somebody who has bought ten minutes; gives the address and an access token."""
    address, token = newcomer(browser, public_url, **members)
    buy(public_url, token)
    at_home(browser, public_url, "10:00")
    return address, token


def at_home(browser, public_url, clock):
    browser.get(public_url)
    wait(browser, lambda b: b.find_elements(By.ID, "clock") and text_of(b, "#clock") == clock)
    wait(browser, shown.presence_of_element_located((By.CSS_SELECTOR, "[data-pack]")))
