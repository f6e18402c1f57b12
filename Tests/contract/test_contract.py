"""Web/openapi.yaml is valid, is served, and says what the running services do."""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import time

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
        self.person, self.document = person, strict()

    def __call__(self, method, path, expected, template=None, **options):
        answer = requests.request(method, PUBLIC + path, timeout=20, headers={
            "Authorization": f"Bearer {self.person.token}"}, **options)
        operation = self.document["paths"][template or path.partition("?")[0]][method.lower()]
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


def test_services_answer_as_documented(tmp_path):
    user, operator = Person(), Person()
    user.verify_email()
    user.buy()
    operator.become_operator()
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(strict()), encoding="utf-8")
    environment = {
        **os.environ, "PYTHONPATH": str(HERE), "CONTRACT_DOCUMENT": str(document), "CONTRACT_USER": user.token,
        "CONTRACT_OPERATOR": operator.token, "CONTRACT_REACHED": str(tmp_path / "reached.json"), "NO_COLOR": "1"}
    command = [str(pathlib.Path(sys.executable).parent / "schemathesis"), "--config-file",
               str(HERE / "schemathesis.toml"), "run", str(document), "--url", PUBLIC]
    done = subprocess.run(command, env=environment, cwd=tmp_path, text=True, capture_output=True, timeout=900,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-40_000:] + done.stderr[-4_000:]
    reached = set(json.loads((tmp_path / "reached.json").read_text(encoding="utf-8")))
    # A run in which every request is refused would show little.
    assert reached >= {
        "register", "getMe", "changeMe", "exportMe", "getCarePlanMail", "chooseCarePlanMail", "listDevices",
        "listSecurityEvents", "listPacks", "placeOrder", "getBalance", "listLedger", "listOrders", "startTalk",
        "listTalks", "listTasks", "countTasks", "listStreams", "listTaskTypes", "listLiveTalks", "getHealth",
        "getContract", "getDocs"}, sorted(reached)
    # Whatever was asked, the ledger agrees with itself.
    talktime("ledger", "verify")
