"""Razorpay's official SDK and our service must agree, to the bit, on what is signed."""
import hashlib
import hmac
import json
import os
import uuid

import pytest
import requests
from razorpay.errors import SignatureVerificationError

from suite import PUBLIC, Customer, control

SECRET = os.environ["RAZORPAY_WEBHOOK_SECRET"]

# Ways in which 64 hexadecimal digits may be changed.
SPOILT = {
    "first bit": lambda signature: flipped(signature, 0),
    "middle bit": lambda signature: flipped(signature, 31),
    "last bit": lambda signature: flipped(signature, 63),
    "upper case": lambda signature: signature.upper(),
    "shorter": lambda signature: signature[:-1],
    "longer": lambda signature: signature + "0",
    "empty": lambda signature: "",
    "another's": lambda signature: hashlib.sha256(signature.encode()).hexdigest(),
}


def flipped(signature, digit):
    return signature[:digit] + format(int(signature[digit], 16) ^ 1, "x") + signature[digit + 1:]


def agreed_by_sdk(verify, *arguments):
    try:
        return verify(*arguments)
    except SignatureVerificationError:
        return False


@pytest.fixture(scope="module")
def customer():
    return Customer()


def test_a_checkout_signature_counts(shop, customer):
    order = customer.order()
    paid = control("POST", f"/razorpay/orders/{order['razorpay_order_id']}/pay", {"outcome": "captured", "webhooks": 0})
    for spoil in SPOILT.values():
        forged = {**paid, "razorpay_signature": spoil(paid["razorpay_signature"])}
        assert not agreed_by_sdk(shop.utility.verify_payment_signature, forged)
        answer = customer.post("/billing/payments/verify", forged)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature"), forged
    assert customer.balance() == 0
    assert agreed_by_sdk(shop.utility.verify_payment_signature, paid)
    for _ in range(2):
        answer = customer.post("/billing/payments/verify", paid)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"status": "captured", "balance_ms": order["talktime_ms"]}
    assert customer.balance() == order["talktime_ms"]


def test_a_checkout_signature_is_for_its_payment(shop, customer):
    order = customer.order()["razorpay_order_id"]
    failed, paid = (
        control("POST", f"/razorpay/orders/{order}/pay", {"outcome": outcome, "webhooks": 0})
        for outcome in ("failed", "captured"))
    mixed = {**paid, "razorpay_payment_id": failed["razorpay_payment_id"]}
    assert not agreed_by_sdk(shop.utility.verify_payment_signature, mixed)
    assert customer.post("/billing/payments/verify", mixed).status_code == 400
    assert customer.post("/billing/payments/verify", paid).status_code == 200


def deliver(body, signature):
    headers = {
        "Content-Type": "application/json", "X-Razorpay-Signature": signature,
        "x-razorpay-event-id": "evt_" + uuid.uuid4().hex[:14]}
    address = PUBLIC + "/billing/webhooks/razorpay"
    return requests.post(address, data=body.encode(), headers=headers, timeout=20).status_code


def signed(body, secret=SECRET):
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("body", [
    '{"entity":"event","event":"payment.downtime.started","contains":[],"payload":{},"created_at":1}',
    '{ "entity": "event",\n  "event": "settlement.processed", "payload": {"note": "\\u20b9 ₹ \\/"},'
    ' "created_at": 1 }\n',
], ids=["compact", "spaced"])
def test_a_webhook_signature_counts(shop, body):
    signature, verify = signed(body), shop.utility.verify_webhook_signature
    assert agreed_by_sdk(verify, body, signature, SECRET) and deliver(body, signature) == 200
    for spoil in SPOILT.values():
        assert not agreed_by_sdk(verify, body, spoil(signature), SECRET)
        assert deliver(body, spoil(signature)) == 401
    # One bit of the body, the same JSON in other bytes, and the secret of the API instead of the webhook's.
    for other in (body.replace("1", "0"), body + " ", json.dumps(json.loads(body), separators=(", ", ":"))):
        assert not agreed_by_sdk(verify, other, signature, SECRET)
        assert deliver(other, signature) == 401
    assert deliver(body, signed(body, os.environ["RAZORPAY_KEY_SECRET"])) == 401
