#!/usr/bin/env bash
# Guess:   google-genai, when its retry is switched on (`HttpRetryOptions`), waits as long as a 429 says, in the Retry-After
#          header or in the body's google.rpc.RetryInfo.
# Really:  it reads neither. The pauses come from initial_delay, exp_base, max_delay and jitter alone, so that a quota which
#          says 30 s is asked again at once and all attempts are used up in its first seconds.
# Version: google-genai 3.4.0 (PyPI), Python 3.11.
# Source:  google/genai/_api_client.py, `retry_args`; google/rpc/error_details.proto, RetryInfo.
# Seen:    4 requests in under 30 s after a 429 that asked for 30 s each time
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check google-genai==3.4.0
cat >"$folder/try.py" <<'PYTHON'
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from google import genai
from google.genai import errors, types

times = []
body = json.dumps({
    "error": {
        "code": 429, "status": "RESOURCE_EXHAUSTED", "message": "quota",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "30s"}],
    }
}).encode()


class Provider(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        times.append(time.monotonic())
        self.send_response(429)
        self.send_header("Content-Type", "application/json")
        self.send_header("Retry-After", "30")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = genai.Client(
    api_key="key",
    http_options=types.HttpOptions(
        base_url=f"http://127.0.0.1:{server.server_port}",
        retry_options=types.HttpRetryOptions(attempts=4, initial_delay=0.1, max_delay=0.2, http_status_codes=[429])))
try:
    client.models.generate_content(model="gemini-2.5-flash", contents="hello")
    raise SystemExit("a 429 was taken for an answer")
except errors.ClientError as error:
    assert error.code == 429
span = times[-1] - times[0]
print(f"{len(times)} requests in under 30 s after a 429 that asked for 30 s each time" if span < 30 else f"{span:.0f} s")
assert len(times) == 4 and span < 30
PYTHON
"$folder/venv/bin/python" "$folder/try.py"
