#!/usr/bin/env bash
# Guess:   what a client tool returns in ElevenLabs' Python SDK is what the agent is told: a tool that looks up the minutes
#          a caller has left answers 12 with 12 and 0 with 0, and an answer that cannot be sent is reported with is_error.
# Really:  each answer that is false in Python (0, False, an empty list) is replaced by a sentence which says that the call
#          went well. So the agent learns the balance of every caller but the one who has nothing left, and is told the same
#          of "is this line paid for?" when it is not: it is free to make up minutes. A Decimal, as databases give money, is
#          not sent at all: it fails as JSON outside the part that reports errors, nothing is logged, and the session goes
#          on with the next call. The same vendor's client for JavaScript fills in only for an answer that is missing (read
#          in its source, not run here), so a tool that is carried over to Python changes what its agent says.
# Version: elevenlabs 2.78.0, websockets 17.4 (PyPI), Python 3.11.
# Source:  elevenlabs/conversational_ai/conversation.py, `ClientTools.execute_tool`.
# Seen:    12: 12 | 0: Client tool: look_up called successfully. | False: the same | []: the same |
#          Decimal('7.50'): no answer | 12: 12, and nothing logged
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check elevenlabs==2.78.0 websockets==17.4
cat >"$folder/try.py" <<'PYTHON'
import io
import json
import logging
import threading
from decimal import Decimal

from elevenlabs.client import ElevenLabs
from elevenlabs.conversational_ai.conversation import ClientTools, Conversation
from websockets.sync.server import serve

answers = [12, 0, False, [], Decimal("7.50"), 12]
told = []
log = io.StringIO()
logging.basicConfig(stream=log, level=logging.WARNING)


def agent(connection):
    """The service's side of one talk: it calls the tool once for each answer and notes what comes back."""
    json.loads(connection.recv())
    for number, _ in enumerate(answers):
        call = {"tool_name": "look_up", "tool_call_id": str(number), "parameters": {}}
        connection.send(json.dumps({"type": "client_tool_call", "client_tool_call": call}))
        try:
            result = json.loads(connection.recv(timeout=3))
            assert result["tool_call_id"] == str(number) and not result["is_error"]
            told.append(result["result"])
        except TimeoutError:
            told.append("no answer")


def look_up(parameters):
    return answers[int(parameters["tool_call_id"])]


with serve(agent, "127.0.0.1", 0) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tools = ClientTools()
    tools.register("look_up", look_up)
    talk = Conversation(
        ElevenLabs(api_key="key", base_url=f"http://127.0.0.1:{server.socket.getsockname()[1]}"), "agent",
        requires_auth=False, client_tools=tools)
    talk.start_session()
    talk.wait_for_session_end()
print(" | ".join(f"{answer!r}: {text}" for answer, text in zip(answers, told)))
print(f"logged: {log.getvalue() or 'nothing'}")
success = "Client tool: look_up called successfully."
assert told == [12, success, success, success, "no answer", 12] and not log.getvalue()
PYTHON
"$folder/venv/bin/python" "$folder/try.py"
