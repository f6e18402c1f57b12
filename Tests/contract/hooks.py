"""Schemathesis' requests get the tokens of the users that the test has made."""
import atexit
import json
import os
import time

import requests
import schemathesis

from people import PUBLIC, Person, operator_token

with open(os.environ["CONTRACT_DOCUMENT"], encoding="utf-8") as file:
    PATHS = json.load(file)["paths"]

# These end the device that asks.
ENDING = {"signOut", "endDevice"}
# What would stop work of the suite is asked for by a user, who is refused. The test of operators has each of these.
STOPPING = {
    "startDrain", "endDrain", "actOnTasks", "cancelTask", "disableUser", "pauseTaskType", "resumeTaskType",
    "limitTaskType", "replayEvents"}


# In seconds, of the 900 that an operator's token lives, and moves money.
PATIENCE = 600
operator = {"token": os.environ["CONTRACT_OPERATOR"], "since": time.monotonic()}
spare = None
reached, admitted = set(), set()


def is_for_operators(operation):
    return any(way.get("bearer") for way in operation.get("security", []))


def lasting_operator_token():
    """The operator's token; another one in time."""
    if time.monotonic() - operator["since"] > PATIENCE:
        operator["token"] = operator_token(os.environ["CONTRACT_OPERATOR_EMAIL"], os.environ["CONTRACT_OPERATOR_APP"])
        operator["since"] = time.monotonic()
    return operator["token"]


def spare_token():
    """The token of a user whose devices may end; another one's once they did."""
    global spare
    if spare is None or requests.get(
            PUBLIC + "/auth/me", timeout=20, headers={"Authorization": f"Bearer {spare.token}"}).status_code != 200:
        spare = Person()
    return spare.token


@schemathesis.hook
def after_call(context, case, response):
    name = PATHS.get(case.operation.path, {}).get(case.operation.method.lower(), {}).get("operationId")
    if response.status_code < 400:
        reached.add(name)
    # The routes themselves give these, after the token and the role are checked.
    if response.status_code < 400 or response.status_code in (404, 409, 422):
        admitted.add(name)


@atexit.register
def tell():
    wanted = {operation["operationId"] for item in PATHS.values() for operation in item.values()
              if is_for_operators(operation)} - STOPPING
    with open(os.environ["CONTRACT_REACHED"], "w", encoding="utf-8") as file:
        json.dump({"reached": sorted(name for name in reached if name), "refused": sorted(wanted - admitted)}, file)


@schemathesis.auth(refresh_interval=None)
class Tokens:
    def get(self, case, ctx):
        operation = PATHS[case.operation.path].get(case.operation.method.lower(), {})
        name, security = operation.get("operationId"), operation.get("security", [])
        if not any("bearer" in way for way in security):
            return None
        if name in ENDING:
            return spare_token()
        if name not in STOPPING and is_for_operators(operation):
            return lasting_operator_token()
        return os.environ["CONTRACT_USER"]

    def set(self, case, data, ctx):
        if data is not None:
            case.headers["Authorization"] = f"Bearer {data}"
