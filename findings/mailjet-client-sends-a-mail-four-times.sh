#!/usr/bin/env bash
# Guess:   Mailjet's own client for Python sends a mail at most once a call. Its API knows no idempotency key, so a POST
#          whose answer is lost is reported to the caller, who looks the mail up by CustomID before daring a second send.
# Really:  `client.send.create` repeats the POST three times by itself: after a 500, 502, 503, 504 or 429, and also after
#          the connection broke or fell silent when the request was already read. Each repeat carries the same header
#          `Idempotency-Key`, a hash of the payload, and a comment in the client trusts in it; Mailjet's reference of
#          POST /v3.1/send names no such header. So a gateway's 502 behind a mail that was accepted makes four mails of one.
#          A plain-http test server does not show it, since the repeats are mounted for https alone.
# Version: mailjet-rest 1.9.1, requests 2.34.2, urllib3 2.8.0 (PyPI), Python 3.11.
# Source:  mailjet_rest/client.py, `Client._RETRY_STRATEGY` (allowed_methods holds POST) and `session.mount("https://", …)`;
#          dev.mailjet.com, Send API v3.1.
# Seen:    502: 4 sends with 1 key, then ApiError | broken connection: 4 sends with 1 key, then CriticalApiError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check mailjet-rest==1.9.1 requests==2.34.2 urllib3==2.8.0
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
cat >"$folder/try.py" <<'PYTHON'
import http.server
import os
import ssl
import sys
import threading

import mailjet_rest

folder = sys.argv[1]
os.environ["REQUESTS_CA_BUNDLE"] = f"{folder}/certificate.pem"


class Server(http.server.BaseHTTPRequestHandler):
    """Reads each request whole, as a mail service that accepts it, and then loses the answer in one of two ways."""

    sends, breaks = [], False

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.sends.append(self.headers["Idempotency-Key"])
        self.close_connection = True
        if not self.breaks:
            self.send_response(502)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"https://127.0.0.1:{server.server_address[1]}/"
client = mailjet_rest.Client(auth=("key", "secret"), version="v3.1", api_url=address)
mail = {
    "From": {"Email": "shop@example.com"}, "To": [{"Email": "buyer@example.com"}], "Subject": "Your receipt",
    "TextPart": "Thank you.", "CustomID": "receipt-1",
}


def seen(breaks):
    Server.sends, Server.breaks = [], breaks
    try:
        client.send.create(data={"Messages": [mail]})
        raised = "nothing"
    except Exception as error:
        raised = type(error).__name__
    return f"{len(Server.sends)} sends with {len(set(Server.sends))} key, then {raised}"


line = f"502: {seen(False)} | broken connection: {seen(True)}"
print(line)
assert line == "502: 4 sends with 1 key, then ApiError | broken connection: 4 sends with 1 key, then CriticalApiError"
PYTHON
"$folder/venv/bin/python" "$folder/try.py" "$folder" 2>"$folder/log" || { tail -5 "$folder/log"; exit 1; }
