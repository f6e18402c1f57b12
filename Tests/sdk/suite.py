"""The running suite from outside: the sandbox's controls, and our services behind Caddy."""
import json
import os
import time
import urllib.request
import uuid

import requests

SANDBOX = os.environ["SANDBOX_URL"]
PUBLIC = os.environ["PUBLIC_URL"]


def control(method, path, body=None):
    request = urllib.request.Request(
        SANDBOX + "/control" + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def eventually(look, within=20):
    """Repeats `look` until it finds something, and returns that."""
    end = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
    return found


def pay(order, **told):
    """The body that Checkout gives the page. By default no webhook is sent."""
    return control("POST", f"/razorpay/orders/{order['id']}/pay", {"outcome": "captured", "webhooks": 0, **told})


def paid_order(shop, amount=19900):
    """An order at the sandbox, and the payment that paid it."""
    order = shop.order.create({"amount": amount, "currency": "INR", "receipt": str(uuid.uuid4())})
    return order, shop.payment.fetch(pay(order)["razorpay_payment_id"])


class Customer:
    """A new user who is signed in."""

    def __init__(self):
        answer = requests.post(PUBLIC + "/auth/register", timeout=20, json={
            "email": f"sdk-{uuid.uuid4().hex}@example.com", "password": "a quiet mountain lake"})
        assert answer.status_code == 201, answer.text
        self.headers = {"Authorization": "Bearer " + answer.json()["access_token"]}

    def post(self, path, body):
        key = {"Idempotency-Key": str(uuid.uuid4())}
        return requests.post(PUBLIC + path, timeout=20, json=body, headers={**self.headers, **key})

    def order(self):
        """An order of the cheapest pack."""
        pack = min(requests.get(PUBLIC + "/billing/packs", timeout=20).json()["items"], key=lambda pack: pack["amount"])
        answer = self.post("/billing/orders", {"pack_id": pack["id"]})
        assert answer.status_code == 201, answer.text
        return answer.json() | {"talktime_ms": pack["talktime_ms"]}

    def balance(self):
        return requests.get(PUBLIC + "/billing/balance", timeout=20, headers=self.headers).json()["balance_ms"]
