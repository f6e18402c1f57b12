#!/usr/bin/env bash
# Guess:   the retry that Razorpay's Python SDK offers (`client.enable_retry(True)`) repeats only what is safe to repeat, or
#          sends one idempotency key with all tries of a call, as Razorpay's refund API has a header for that.
# Really:  it repeats every method, POST included, up to `max_retries` (5) times after a connection that broke, whether or
#          not the server had done what was asked, and adds no header of its own. A refund of a part, whose answer was lost,
#          is so asked for again as a new refund of the same part. Only a caller that sends X-Refund-Idempotency is safe.
# Version: razorpay 2.0.1 (PyPI), Python 3.11.
# Source:  razorpay/client.py, `Client.request`; Razorpay's documentation of POST /v1/payments/:id/refund.
# Seen:    5 POSTs of one refund reached the server, 0 of them with an idempotency key
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check razorpay==2.0.1
cat >"$folder/try.py" <<'PYTHON'
import contextlib
import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import razorpay

made = []


class Provider(BaseHTTPRequestHandler):
    """Makes the refund, and dies before it has answered."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        made.append("X-Refund-Idempotency" in self.headers)
        self.close_connection = True

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = razorpay.Client(
    auth=("key", "secret"), base_url=f"http://127.0.0.1:{server.server_port}", initial_delay=0.01, max_delay=0.01)
client.enable_retry(True)
# The SDK prints each retry to standard output.
with contextlib.redirect_stdout(io.StringIO()):
    try:
        client.payment.refund("pay_29QQoUBi66xm2f", {"amount": 5000})
        raise SystemExit("an answer came from a server that gives none")
    except Exception as error:
        print(type(error).__name__)
print(f"{len(made)} POSTs of one refund reached the server, {sum(made)} of them with an idempotency key")
assert len(made) == 5 and not any(made)
PYTHON
"$folder/venv/bin/python" "$folder/try.py"
