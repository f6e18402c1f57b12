"""The contents of Razorpay's webhooks, and which of them our service accepts."""
import os

import pytest

from suite import control, eventually, paid_order


def deliveries(wanted):
    return [entry for entry in control("GET", "/razorpay/webhooks")["items"] if wanted(entry)]


def refunds_and_disputes(payment):
    """The webhooks about refunds and disputes, ordered by name because they are sent at the same time."""
    mine = deliveries(
        lambda entry: entry["event"].startswith(("refund.", "payment.dispute."))
        and entry["body"]["payload"]["payment"]["entity"]["id"] == payment["id"])
    return sorted(mine, key=lambda entry: entry["event"])


def test_events_tell_what_happened(shop):
    _, payment = paid_order(shop)
    path = f"/razorpay/payments/{payment['id']}"
    done = control("POST", path + "/refund", {"amount": 500})
    waiting = control("POST", path + "/refund", {"amount": 700, "status": "pending"})
    failing = control("POST", path + "/refund", {"amount": 900, "status": "pending", "webhooks": 0})
    control("POST", f"/razorpay/refunds/{waiting['id']}/process", {})
    control("POST", f"/razorpay/refunds/{failing['id']}/fail", {})
    control("POST", path + "/dispute", {"outcome": "won"})
    events = eventually(lambda: found if len(found := refunds_and_disputes(payment)) >= 7 else None)
    assert [entry["event"] for entry in events] == [
        "payment.dispute.created", "payment.dispute.won", "refund.created", "refund.created", "refund.failed",
        "refund.processed", "refund.processed"]
    refunds = [(entry["event"], entry["body"]["payload"]["refund"]["entity"]) for entry in events[2:]]
    assert {(event, refund["id"], refund["status"]) for event, refund in refunds} == {
        ("refund.created", done["id"], "processed"), ("refund.processed", done["id"], "processed"),
        ("refund.created", waiting["id"], "pending"), ("refund.processed", waiting["id"], "processed"),
        ("refund.failed", failing["id"], "failed")}


SIGNERS = {"current": 200, "wrong": 401, "key": 401, "none": 401}
if "RAZORPAY_WEBHOOK_SECRET_PREVIOUS" in os.environ:
    SIGNERS["previous"] = 200


@pytest.mark.parametrize("secret, status", SIGNERS.items())
def test_webhooks_at_command(shop, secret, status):
    order, payment = paid_order(shop)
    payload = {"payment": payment["id"], "order": order["id"]}
    sent = control(
        "POST", "/razorpay/webhooks", {"event": "order.paid", "payload": payload, "secret": secret, "copies": 2})

    def delivered():
        mine = deliveries(lambda entry: entry["event_id"] == sent["event_id"])
        return mine if mine and len(mine[0]["attempts"]) >= 2 else None

    entry, = eventually(delivered)
    assert [attempt["status"] for attempt in entry["attempts"]] == [status, status], entry["attempts"]
    assert entry["body"]["contains"] == ["payment", "order"]
    assert entry["body"]["payload"]["payment"]["entity"] == shop.payment.fetch(payment["id"])


def test_a_webhook_that_is_no_json(shop):
    sent = control("POST", "/razorpay/webhooks", {"raw": '{"event":'})
    assert sent["body"] == '{"event":'
    mine = eventually(lambda: [
        entry for entry in deliveries(lambda entry: entry["event_id"] == sent["event_id"]) if entry["attempts"]])
    assert mine[0]["attempts"][0]["status"] == 200
