"""Schemathesis' requests get the tokens of the users that the test has made."""
import atexit
import json
import os

import requests
import schemathesis

from people import PUBLIC, Person

with open(os.environ["CONTRACT_DOCUMENT"], encoding="utf-8") as file:
    PATHS = json.load(file)["paths"]

# These end the device that asks.
ENDING = {"signOut", "endDevice"}
# What would stop work of the suite is asked for by a user, who is refused.
STOPPING = {
    "startDrain", "endDrain", "actOnTasks", "cancelTask", "disableUser", "pauseTaskType", "resumeTaskType",
    "limitTaskType", "replayEvents"}


spare = None
reached = set()


def spare_token():
    """The token of a user whose devices may end; another one's once they did."""
    global spare
    if spare is None or requests.get(
            PUBLIC + "/auth/me", timeout=20, headers={"Authorization": f"Bearer {spare.token}"}).status_code != 200:
        spare = Person()
    return spare.token


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code < 400:
        reached.add(PATHS.get(case.operation.path, {}).get(case.operation.method.lower(), {}).get("operationId"))


@atexit.register
def tell():
    with open(os.environ["CONTRACT_REACHED"], "w", encoding="utf-8") as file:
        json.dump(sorted(name for name in reached if name), file)


@schemathesis.auth(refresh_interval=None)
class Tokens:
    def get(self, case, ctx):
        operation = PATHS[case.operation.path].get(case.operation.method.lower(), {})
        name, security = operation.get("operationId"), operation.get("security", [])
        if not any("bearer" in way for way in security):
            return None
        if name in ENDING:
            return spare_token()
        if name not in STOPPING and any(way.get("bearer") for way in security):
            return os.environ["CONTRACT_OPERATOR"]
        return os.environ["CONTRACT_USER"]

    def set(self, case, data, ctx):
        if data is not None:
            case.headers["Authorization"] = f"Bearer {data}"
