"""Web/openapi.yaml is valid, is served, and says what the running services do."""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import uuid

import jsonschema
import pytest
import requests
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from people import PUBLIC, Person, control, talktime

HERE = pathlib.Path(__file__).parent
TEXT = (HERE.parent.parent / "Web" / "openapi.yaml").read_text(encoding="utf-8")
DOCUMENT = json.loads(TEXT)
SCHEMAS = DOCUMENT["components"]["schemas"]


def test_is_valid():
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_is_the_same_for_readers_of_yaml():
    assert yaml.load(TEXT, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) == DOCUMENT


def test_is_served():
    answer = requests.get(PUBLIC + "/openapi.yaml", timeout=20)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/yaml" and answer.text == TEXT
    page = requests.get(PUBLIC + "/docs", timeout=20)
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")


def examples():
    for name, schema in SCHEMAS.items():
        for example in schema.get("examples", []):
            yield pytest.param({"$ref": f"#/components/schemas/{name}"}, example, id=name)
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            for response in operation["responses"].values():
                for media, content in response.get("content", {}).items():
                    if "example" in content:
                        yield pytest.param(content["schema"], content["example"], id=f"{method} {path} {media}")


@pytest.mark.parametrize("schema, example", list(examples()))
def test_example_conforms(schema, example):
    jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(example)


def test_a_request_body_with_fields_has_an_example():
    contents = [content for item in DOCUMENT["paths"].values() for operation in item.values()
                for content in operation.get("requestBody", {}).get("content", {}).values()]
    bodies = {one["schema"]["$ref"].rpartition("/")[2] for one in contents if "$ref" in one["schema"]}
    # WebAuthn's own forms are long, and a browser makes them.
    assert {name for name in bodies if "examples" not in SCHEMAS[name]} == {
        "PasskeyAssertion", "PasskeyRegistrationRequest"}


def closed(schema):
    """The same schema without room for members that it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(part) for key, part in schema.items()}
    if schema.get("type") in ("object", ["object", "null"]) and isinstance(schema.get("properties"), dict):
        schema.setdefault("additionalProperties", False)
    return schema


def strict():
    """The document as the services of this release have to answer: no response has a member that it does not name. For
    clients the schemas stay open, since a later release may add members."""
    document = copy.deepcopy(DOCUMENT)
    sent = {name for name in SCHEMAS if name.endswith("Request") or name.startswith("Passkey") and "Assertion" in name
            or name.startswith("PasskeyRegistration")}
    document["components"]["schemas"] = {
        name: schema if name in sent else closed(schema) for name, schema in SCHEMAS.items()}
    return document


def test_the_journey_runs(tmp_path):
    page = (HERE.parent.parent / "docs" / "journey.md").read_text(encoding="utf-8")
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL)).replace('eval "$(./dev env)"', ":")
    done = subprocess.run(["bash", "-eu"], input=commands, cwd=tmp_path, text=True, capture_output=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ('"status":"captured"', '"settled":true', "ready\n", '"kind":"settlement"', '"code":"missing_token"'):
        assert said in done.stdout, f"{said} is not in {done.stdout}"
    assert "<html" in (tmp_path / "receipt.html").read_text(encoding="utf-8")


class Checked:
    """Calls the services, and compares each answer with the document."""

    def __init__(self, person):
        self.person, self.document, self.called = person, strict(), set()

    def __call__(self, method, path, expected, template=None, headers=None, **options):
        answer = requests.request(method, PUBLIC + path, timeout=20, headers={
            "Authorization": f"Bearer {self.person.token}", **(headers or {})}, **options)
        operation = self.document["paths"][template or path.partition("?")[0]][method.lower()]
        self.called.add(operation["operationId"])
        assert answer.status_code == expected, answer.text
        response = operation["responses"][str(expected)]
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        media = answer.headers.get("Content-Type", "").partition(";")[0]
        if "content" in response:
            schema = response["content"][media]["schema"]
            value = answer.json() if media.endswith("json") else answer.text
            jsonschema.Draft202012Validator({**schema, "components": self.document["components"]}).validate(value)
        for name, header in response["headers"].items():
            if self.document["components"]["headers"][header["$ref"].rpartition("/")[2]].get("required"):
                assert name in answer.headers, name
        return answer


def test_a_talk_and_its_payment_are_answered_as_documented():
    """What generated requests do not reach: a payment's signature, and the next heartbeat within ten seconds."""
    person = Person()
    call = Checked(person)
    order = call("POST", "/billing/orders", 201, json={"pack_id": "ten-minutes"}).json()
    receipt = f"/billing/transactions/{order['id']}/receipt"
    call("GET", receipt, 409, "/billing/transactions/{id}/receipt")
    paid = control("POST", f"/razorpay/orders/{order['razorpay_order_id']}/pay", {"outcome": "captured"})
    call("POST", "/billing/payments/verify", 400, json={**paid, "razorpay_signature": "0" * 64})
    call("POST", "/billing/payments/verify", 200, json=paid)
    call("GET", receipt, 200, "/billing/transactions/{id}/receipt")
    # The months of a statement are those of India.
    call("GET", "/billing/statement?month=" + time.strftime("%Y-%m", time.gmtime(time.time() + 19_800)), 200)
    started = call("POST", "/sessions", 201)
    assert started.headers["Location"] == f"/sessions/{started.json()['id']}"
    talk, template = started.headers["Location"], "/sessions/{id}"
    control("POST", f"/elevenlabs/conversations/{started.json()['conversation_id']}/begin")
    call("POST", talk + "/heartbeat?seq=1", 200, template + "/heartbeat")
    call("GET", talk, 200, template)
    call("GET", talk + "/proof", 409, template + "/proof")
    call("GET", talk + "/care-plan", 409, template + "/care-plan")
    call("POST", talk + "/end", 200, template + "/end")
    call("POST", talk + "/heartbeat?seq=2", 410, template + "/heartbeat")
    call("GET", talk + "/proof", 200, template + "/proof")
    answer = call("DELETE", talk + "/care-plan", 204, template + "/care-plan")
    assert not answer.content
    call("GET", talk + "/care-plan", 200, template + "/care-plan")


def test_operators_are_answered_as_documented():
    """Each operation of operators goes well, or, where it needs what no test can make at once, says that there is no
    such thing. Generated requests have made-up ids, and ask for nothing that would stop work of the suite."""
    user, other, operator = Person(), Person(), Person()
    user.verify_email()
    order = user.buy()
    operator.become_operator()
    call, why, none = Checked(operator), {"reason": "a test"}, str(uuid.uuid4())

    def keyed():
        return {"Idempotency-Key": str(uuid.uuid4())}

    account, wallet, orders = "/auth/users/{id}", "/billing/wallets/{user_id}", "/billing/orders/{id}"
    found = call("GET", f"/auth/users?email={user.email}", 200).json()["items"]
    assert [one["id"] for one in found] == [user.id]
    call("GET", f"/auth/users/{user.id}", 200, account)
    call("GET", f"/auth/users/{user.id}/trail", 200, account + "/trail")
    call("POST", f"/auth/users/{other.id}/disable", 200, account + "/disable", json=why)
    call("POST", f"/auth/users/{other.id}/enable", 200, account + "/enable", json=why)

    own = f"/billing/wallets/{user.id}"
    call("GET", own, 200, wallet)
    call("GET", own + "/ledger", 200, wallet + "/ledger")
    call("GET", own + "/orders", 200, wallet + "/orders")
    call("GET", "/billing/figures", 200)
    call("GET", "/billing/operator-actions", 200)
    call("POST", own + "/grants", 200, wallet + "/grants", keyed(), json={"talktime_ms": 60_000, **why})
    call("POST", own + "/adjustments", 200, wallet + "/adjustments", keyed(), json={"talktime_ms": -60_000, **why})
    call("POST", own + "/freeze", 200, wallet + "/freeze", json=why)
    call("POST", own + "/thaw", 200, wallet + "/thaw", json=why)
    call("POST", f"/billing/orders/{order['id']}/refund", 202, orders + "/refund", keyed(), json=why)
    call("GET", f"/billing/orders/{order['id']}/refunds", 200, orders + "/refunds")

    call("GET", "/sessions/live", 200)
    call("POST", f"/sessions/users/{user.id}/end", 200, "/sessions/users/{user_id}/end", json=why)
    call("POST", "/sessions/drain", 200, json=why)
    call("GET", "/sessions/drain", 200)
    call("DELETE", "/sessions/drain", 200, json=why)

    types = call("GET", "/tasks/types", 200).json()["items"]
    limits = next((one for one in types if one["type"] == "care_plan_mail"), {})
    call("PUT", "/tasks/types/care_plan_mail/limits", 200, "/tasks/types/{type}/limits", json={
        "most_running": limits.get("most_running"), "most_per_minute": limits.get("most_per_minute"), **why})
    call("POST", "/tasks/types/care_plan_mail/pause", 200, "/tasks/types/{type}/pause", json=why)
    call("POST", "/tasks/types/care_plan_mail/resume", 200, "/tasks/types/{type}/resume", json=why)
    call("POST", f"/tasks/{none}/retry", 404, "/tasks/{id}/retry", json=why)
    call("POST", f"/tasks/{none}/cancel", 404, "/tasks/{id}/cancel", json=why)
    call("POST", "/tasks/actions", 200, json={"action": "retry", "filter": {"state": "failed"}, "preview": True})
    call("GET", "/tasks/streams", 200)
    call("GET", "/tasks/dead-letters", 200)
    call("POST", "/tasks/dead-letters/ended-1764000000000-0/replay", 404, "/tasks/dead-letters/{id}/replay")
    call("GET", f"/tasks/events/{none}", 404, "/tasks/events/{id}")
    call("POST", "/tasks/events/replay", 404, json={"event_id": none, **why})
    assert call.called == {
        operation["operationId"] for item in DOCUMENT["paths"].values() for operation in item.values()
        if any(way.get("bearer") for way in operation.get("security", []))}


def test_services_answer_as_documented(tmp_path):
    user, operator = Person(), Person()
    user.verify_email()
    user.buy()
    operator.become_operator()
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(strict()), encoding="utf-8")
    environment = {
        **os.environ, "PYTHONPATH": str(HERE), "CONTRACT_DOCUMENT": str(document), "CONTRACT_USER": user.token,
        "CONTRACT_OPERATOR": operator.token, "CONTRACT_OPERATOR_EMAIL": operator.email,
        "CONTRACT_OPERATOR_APP": operator.secret, "CONTRACT_REACHED": str(tmp_path / "reached.json"), "NO_COLOR": "1"}
    command = [str(pathlib.Path(sys.executable).parent / "schemathesis"), "--config-file",
               str(HERE / "schemathesis.toml"), "run", str(document), "--url", PUBLIC]
    done = subprocess.run(command, env=environment, cwd=tmp_path, text=True, capture_output=True, timeout=900,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-40_000:] + done.stderr[-4_000:]
    noted = json.loads((tmp_path / "reached.json").read_text(encoding="utf-8"))
    reached = set(noted["reached"])
    # A run in which every request is refused would show little.
    assert reached >= {
        "register", "getMe", "changeMe", "exportMe", "getCarePlanMail", "chooseCarePlanMail", "listDevices",
        "listSecurityEvents", "listPacks", "placeOrder", "getBalance", "listLedger", "listOrders", "startTalk",
        "listTalks", "listTasks", "countTasks", "listStreams", "listTaskTypes", "listLiveTalks", "getHealth",
        "getContract", "getDocs"}, sorted(reached)
    # The operator's token and role were good for each operation of operators that is asked for by one.
    assert noted["refused"] == []
    # Whatever was asked, the ledger agrees with itself.
    talktime("ledger", "verify")
