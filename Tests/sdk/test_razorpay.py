"""Razorpay's official SDK against the sandbox: orders, payments, refunds and disputes."""
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from razorpay.errors import BadRequestError, SignatureVerificationError

from suite import control, paid_order, pay


def state(shop, payment):
    payment = shop.payment.fetch(payment["id"])
    return payment["status"], payment["amount_refunded"], payment["refund_status"]


def ids(collection):
    assert collection["count"] == len(collection["items"])
    return [item["id"] for item in collection["items"]]


def test_order_payment_refund(shop):
    order = shop.order.create({"amount": 19900, "currency": "INR", "receipt": str(uuid.uuid4())})
    assert order["status"] == "created" and order["amount_due"] == 19900
    paid = pay(order)
    assert shop.utility.verify_payment_signature(paid)
    with pytest.raises(SignatureVerificationError):
        shop.utility.verify_payment_signature({**paid, "razorpay_payment_id": paid["razorpay_payment_id"] + "x"})
    payment = shop.payment.fetch(paid["razorpay_payment_id"])
    assert payment["status"] == "captured" and payment["order_id"] == order["id"]
    assert ids(shop.order.payments(order["id"])) == [payment["id"]]
    refund = shop.payment.refund(payment["id"], {"amount": 5000, "notes": {"reason": "half"}, "receipt": "r-1"})
    assert refund["amount"] == 5000 and refund["id"].startswith("rfnd_") and refund["status"] == "processed"
    assert refund["payment_id"] == payment["id"] and refund["receipt"] == "r-1"
    assert state(shop, payment) == ("captured", 5000, "partial")
    rest = shop.refund.create({"payment_id": payment["id"]})
    assert rest["amount"] == 14900 and state(shop, payment) == ("refunded", 19900, "full")
    assert shop.refund.fetch(refund["id"]) == refund == shop.payment.fetch_refund_id(payment["id"], refund["id"])
    assert ids(shop.payment.fetch_multiple_refund(payment["id"])) == [rest["id"], refund["id"]]
    with pytest.raises(BadRequestError):
        shop.payment.refund(payment["id"], {"amount": 100})


def test_late_capture_and_errors(shop):
    order = shop.order.create({"amount": 500, "currency": "INR", "receipt": "late"})
    paid = pay(order, outcome="authorized")
    assert shop.payment.fetch(paid["razorpay_payment_id"])["status"] == "authorized"
    assert shop.payment.capture(paid["razorpay_payment_id"], 500, {"currency": "INR"})["status"] == "captured"
    with pytest.raises(BadRequestError):
        shop.order.create({"amount": 1, "currency": "INR"})
    for amount in (-100, 0, 99, 501, "99", "1e2", 1.5):
        with pytest.raises(BadRequestError):
            shop.payment.refund(paid["razorpay_payment_id"], {"amount": amount})
    # Razorpay's own documentation writes the amount of a refund as a string.
    assert shop.payment.refund(paid["razorpay_payment_id"], {"amount": "100"})["amount"] == 100


def test_lists_by_time_and_receipt(shop):
    order, payment = paid_order(shop)
    refund = shop.payment.refund(payment["id"], {})
    dispute = control("POST", f"/razorpay/payments/{payment['id']}/dispute", {"outcome": "created", "webhooks": 0})
    assert ids(shop.order.all({"receipt": order["receipt"]})) == [order["id"]]
    kinds = ((shop.order, order), (shop.payment, payment), (shop.refund, refund), (shop.dispute, dispute))
    for resource, entity in kinds:
        at = entity["created_at"]
        assert resource.fetch(entity["id"])["id"] == entity["id"]
        assert entity["id"] in ids(resource.all({"from": at, "to": at, "count": 100}))
        assert entity["id"] not in ids(resource.all({"to": at - 1, "count": 100}))
        assert entity["id"] not in ids(resource.all({"from": at + 1, "count": 100}))
        assert entity["id"] not in ids(resource.all({"from": at, "to": at, "count": 100, "skip": 100}))
        for query in ({"from": 2, "to": 1}, {"from": "today"}, {"count": 101}, {"skip": -1}):
            with pytest.raises(BadRequestError):
                resource.all(query)


def test_refund_keys_have_one_effect(shop):
    _, payment = paid_order(shop)
    headers = {"X-Refund-Idempotency": uuid.uuid4().hex}

    def refund(amount):
        return shop.payment.refund(payment["id"], {"amount": amount}, headers=dict(headers))

    with ThreadPoolExecutor(8) as at_once:
        answers = list(at_once.map(refund, [1000] * 16))
    assert len({answer["id"] for answer in answers}) == 1 and state(shop, payment)[1] == 1000
    with pytest.raises(BadRequestError):
        refund(2000)
    with pytest.raises(BadRequestError):
        shop.payment.refund(payment["id"], {"amount": 1000}, headers={"X-Refund-Idempotency": "short"})


def test_refunds_that_wait(shop):
    _, payment = paid_order(shop)
    control("PUT", "/razorpay/refunds", {"status": "pending", "payment_id": payment["id"]})
    first, second = (shop.payment.refund(payment["id"], {"amount": amount}) for amount in (5000, 14900))
    assert (first["status"], second["status"]) == ("pending", "pending")
    assert state(shop, payment) == ("refunded", 19900, "full")
    assert control("POST", f"/razorpay/refunds/{second['id']}/fail", {"webhooks": 0})["status"] == "failed"
    assert state(shop, payment) == ("captured", 5000, "partial")
    assert control("POST", f"/razorpay/refunds/{first['id']}/process", {"webhooks": 0})["status"] == "processed"
    assert shop.refund.fetch(first["id"])["status"] == "processed"
    dashboard = control("POST", f"/razorpay/payments/{payment['id']}/refund", {"webhooks": 0})
    assert dashboard["amount"] == 14900 and dashboard["status"] == "processed"


def test_nobody_captures(shop):
    order = shop.order.create({"amount": 700, "currency": "INR"})
    paid = pay(order, outcome="authorized")["razorpay_payment_id"]
    refund = control("POST", f"/razorpay/payments/{paid}/expire", {"webhooks": 0})
    payment = shop.payment.fetch(paid)
    assert refund["amount"] == 700 and state(shop, payment) == ("refunded", 700, "full")
    assert payment["captured"] is False and shop.order.fetch(order["id"])["status"] == "attempted"


def test_an_order_paid_twice(shop):
    order, first = paid_order(shop)
    second = pay(order, force=True)["razorpay_payment_id"]
    assert ids(shop.order.payments(order["id"])) == [second, first["id"]]
    assert shop.payment.fetch(second)["captured"]
    again = shop.order.fetch(order["id"])
    assert (again["status"], again["amount_paid"], again["attempts"]) == ("paid", 19900, 2)


def test_disputes_go_on(shop):
    _, payment = paid_order(shop)

    def dispute(outcome, **told):
        path = f"/razorpay/payments/{payment['id']}/dispute"
        return control("POST", path, {"outcome": outcome, "webhooks": 0, **told})

    opened = dispute("created", amount=900)
    assert (opened["status"], opened["amount"], opened["amount_deducted"]) == ("open", 900, 0)
    for outcome, status in (("under_review", "under_review"), ("action_required", "open"), ("lost", "lost")):
        assert dispute(outcome)["status"] == status
    lost = shop.dispute.fetch(opened["id"])
    assert lost["amount_deducted"] == 900 and lost["payment_id"] == payment["id"]
    assert dispute("won")["id"] != opened["id"]
