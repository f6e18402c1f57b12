"""The users and the operator whose tokens the requests have, made by the journey itself."""
import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import time
import urllib.request
import uuid

import requests

PUBLIC = os.environ["PUBLIC_URL"]
# None of the document's examples: one of those deletes an account.
PASSWORD = "the valley behind the hills"


def control(method, path, body=None):
    """A control of the sandbox."""
    request = urllib.request.Request(
        os.environ["SANDBOX_URL"] + "/control" + path, method=method,
        data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def eventually(look, within=60):
    """Repeats `look` until it finds something, and returns that."""
    end = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)
    return found


def talktime(*arguments):
    """The operator's command; its output."""
    done = subprocess.run([os.environ["TALKTIME_DEV"], "talktime", *arguments], text=True, capture_output=True,
                          timeout=120, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def totp(secret, step):
    """RFC 6238, with six digits of an HMAC-SHA-1."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, (int(time.time()) // 30 + step).to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start:start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def operator_token(email, secret):
    """An operator's token, by the password and a code of the app. It lives for 15 minutes, and moves money for as long."""
    def tokens():
        login = requests.post(PUBLIC + "/auth/login", timeout=20, json={"email": email, "password": PASSWORD})
        answer = requests.post(PUBLIC + "/auth/second-factor", timeout=20, json={
            "challenge_token": login.json()["challenge_token"], "code": totp(secret, 0)})
        if answer.status_code == 200:
            return answer.json()
        # The code was used: the next one comes within half a minute.
        time.sleep(1)
        return None

    return eventually(tokens)["access_token"]


class Person:
    """A new user who is signed in."""

    def __init__(self):
        self.email = f"contract-{uuid.uuid4().hex}@example.com"
        answer = requests.post(PUBLIC + "/auth/register", timeout=20, json={"email": self.email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        self.id, self.token = answer.json()["user"]["id"], answer.json()["access_token"]

    def post(self, path, body, expected, **headers):
        answer = requests.post(
            PUBLIC + path, timeout=20, json=body, headers={"Authorization": f"Bearer {self.token}", **headers})
        assert answer.status_code in expected, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def verify_email(self):
        def token():
            mails = control("GET", f"/mailjet/inbox?to={self.email}")["items"]
            return next((found[1] for mail in mails if (found := re.search(r"#verify=([\w.-]+)", mail["html"]))), None)

        self.post("/auth/email/verify", {"token": eventually(token)}, [204])

    def buy(self):
        """Ten minutes; the order."""
        order = self.post("/billing/orders", {"pack_id": "ten-minutes"}, [201])
        paid = control("POST", f"/razorpay/orders/{order['razorpay_order_id']}/pay", {"outcome": "captured"})
        self.post("/billing/payments/verify", paid, [200])
        return order

    def become_operator(self):
        """With an authenticator app, whose code the token of an operator needs."""
        self.verify_email()
        talktime("operator", "add", self.email)
        # The code of the step before confirms the app, so that the present one can still sign in.
        self.secret = self.post("/auth/totp", None, [200])["secret"]
        self.post("/auth/totp/confirm", {"code": totp(self.secret, -1)}, [200])
        self.token = operator_token(self.email, self.secret)
