#!/usr/bin/env bash
# Guess:   the CloudEvents SDK for Python can carry an event from the structured to the binary mode of HTTP without
#          changing its data: whatever was JSON in `data` is the same JSON in the body, as `datacontenttype` says.
# Really:  only a JSON object is written as JSON. An array or a boolean is written as Python prints it, with single quotes
#          and a capital `True`, under the content type application/json, so that no JSON reader takes it. A text is
#          written without its quotes: the text "12" arrives as the number 12, at this SDK's own reader too. The structured
#          mode keeps all of them. So a relay that bridges a stream of structured events to HTTP subscribers breaks the
#          events whose data is a list, and turns an id made of digits into a number.
# Version: cloudevents 2.2.0 (PyPI), Python 3.11.
# Source:  cloudevents/core/formats/json.py, `JSONFormat.write_data`; CloudEvents 1.0.2, HTTP protocol binding, section
#          3.1.2: the body holds the data as the datacontenttype attribute says.
# Seen:    object {"ms": 1000, "paid": true} | array [{'ms': 1000, 'paid': True}] | boolean True | text 12, read as int
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check cloudevents==2.2.0
cat >"$folder/try.py" <<'PYTHON'
import json

from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_structured_event, to_binary_event
from cloudevents.core.bindings.http import to_structured_event


def event(data):
    envelope = {
        "specversion": "1.0", "id": "1", "source": "/talks", "type": "talk.charged",
        "datacontenttype": "application/json", "data": data,
    }
    headers = {"content-type": "application/cloudevents+json"}
    read = from_structured_event(HTTPMessage(headers=headers, body=json.dumps(envelope).encode()))
    assert json.loads(to_structured_event(read).body)["data"] == data, "the structured mode keeps the data"
    return read


def body(data):
    message = to_binary_event(event(data))
    assert message.headers["content-type"] == "application/json"
    return message.body.decode(), from_binary_event(message).get_data()


charge = {"ms": 1000, "paid": True}
(whole, _), (array, _), (boolean, _), (text, back) = body(charge), body([charge]), body(True), body("12")
seen = f"object {whole} | array {array} | boolean {boolean} | text {text}, read as {type(back).__name__}"
print(seen)
assert json.loads(whole) == charge
assert seen.endswith("| array [{'ms': 1000, 'paid': True}] | boolean True | text 12, read as int")
PYTHON
"$folder/venv/bin/python" "$folder/try.py"
