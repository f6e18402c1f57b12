"""The page's files over the wire: compressed where the browser can read it, and fetched again only when they have changed."""
import gzip
import http.client
import urllib.parse
import uuid

import pytest

from people import PASSWORD, send

FILES = [
    "/", "/both/style.css", "/page/app.js", "/icon.svg", "/docs", "/openapi.yaml", "/console", "/console/app.js", "/embed",
    "/embed.js",
]


def ask(public_url, path, **headers):
    """The answer as it is sent: its status, its headers and its body."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(public_url).netloc, timeout=20)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_compressed(public_url, path):
    status, headers, plain = ask(public_url, path)
    assert status == 200 and headers["Content-Encoding"] is None
    # A file that is smaller than a packet is sent as it is.
    expected = None if len(plain) < 512 else "gzip"
    status, headers, body = ask(public_url, path, Accept_Encoding="gzip, deflate")
    assert status == 200 and headers["Content-Encoding"] == expected
    if expected:
        assert gzip.decompress(body) == plain and len(body) < len(plain) / 2
        assert "accept-encoding" in headers["Vary"].lower()
        _, headers, _ = ask(public_url, path, Accept_Encoding="gzip, deflate, br, zstd")
        assert headers["Content-Encoding"] == "zstd"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_a_file_that_has_not_changed_is_not_sent_again(public_url, coding):
    _, headers, _ = ask(public_url, "/both/style.css", Accept_Encoding=coding)
    assert headers["Cache-Control"] == "no-cache"
    status, again, body = ask(public_url, "/both/style.css", Accept_Encoding=coding, If_None_Match=headers["ETag"])
    assert (status, body) == (304, b"")
    assert again["Cache-Control"] == "no-cache"
    status, _, body = ask(public_url, "/both/style.css", Accept_Encoding=coding, If_None_Match='"another"')
    assert status == 200 and body


def test_a_part_of_a_file_is_a_part_of_its_plain_bytes(public_url):
    _, _, plain = ask(public_url, "/openapi.yaml")
    status, headers, body = ask(public_url, "/openapi.yaml", Accept_Encoding="gzip, zstd", Range="bytes=1000-2999")
    assert status == 206 and headers["Content-Encoding"] is None
    assert body == plain[1000:3000]


def test_what_a_service_answers_is_not_touched(public_url):
    account = {"email": f"page-{uuid.uuid4().hex[:10]}@example.com", "password": PASSWORD}
    token = send(public_url + "/auth/register", account)[0]["access_token"]
    for path in ("/billing/packs", "/billing/ledger", "/auth/me", "/auth/.well-known/jwks.json"):
        status, headers, _ = ask(public_url, path, Accept_Encoding="gzip, zstd", Authorization=f"Bearer {token}")
        assert status == 200 and headers["Content-Encoding"] is None, path
