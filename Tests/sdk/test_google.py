"""Google sign-in: the sandbox speaks Google's protocol to Google's own library, and what that library refuses, our
service refuses too."""
import os
import uuid

import pytest
import requests
from google.auth.transport import requests as google_requests
from google.oauth2 import id_token

from suite import PUBLIC, control

CLIENT = os.environ["GOOGLE_CLIENT_ID"]
KEYS = os.environ["GOOGLE_BASE_URL"] + "/oauth2/{}/certs"


def credential(**claims):
    return control("POST", "/google/token", {"email": f"sdk-{uuid.uuid4().hex}@example.com", **claims})["credential"]


def sign_in(text):
    return requests.post(PUBLIC + "/auth/google", timeout=20, json={"credential": text})


@pytest.fixture
def verify(monkeypatch):
    """The library's check as an application calls it, with Google's default address at the sandbox."""
    monkeypatch.setattr(id_token, "_GOOGLE_OAUTH2_CERTS_URL", KEYS.format("v1"))
    return lambda text: id_token.verify_oauth2_token(text, google_requests.Request(), CLIENT)


def test_the_older_address_has_certificates_by_key_id():
    keys = requests.get(KEYS.format("v1"), timeout=20).json()
    newer = requests.get(KEYS.format("v3"), timeout=20).json()["keys"]
    assert set(keys) == {key["kid"] for key in newer}
    assert all(text.startswith("-----BEGIN CERTIFICATE-----\n") and text.endswith("-----END CERTIFICATE-----\n")
               for text in keys.values())


def test_the_library_verifies_at_its_default_address(verify):
    claims = verify(credential(name="Asha", nonce="n", hd="example.com"))
    assert claims["name"] == "Asha" and claims["nonce"] == "n" and claims["hd"] == "example.com"


def test_the_library_verifies_with_the_key_set():
    claims = id_token.verify_token(
        credential(), google_requests.Request(), audience=CLIENT, certs_url=KEYS.format("v3"))
    assert claims["iss"] == "https://accounts.google.com"


@pytest.mark.parametrize("claims", [{}, {"iss": "accounts.google.com"}, {"hd": "example.com"}])
def test_both_accept(verify, claims):
    text = credential(**claims)
    assert verify(text)["aud"] == CLIENT
    assert sign_in(text).status_code == 200


@pytest.mark.parametrize("claims", [
    {"aud": "another"}, {"aud": ""}, {"iss": "https://accounts.example"}, {"iss": ""}, {"expires_in": -10},
    {"issued_in": 600}])
def test_both_refuse(verify, claims):
    text = credential(**claims)
    with pytest.raises(Exception):
        verify(text)
    assert sign_in(text).status_code == 401


@pytest.mark.parametrize("change", [
    lambda head, body, signature: ".".join([head, body, ""]),
    lambda head, body, signature: ".".join([head, body]),
    lambda head, body, signature: ".".join([head, body, signature[::-1]]),
    lambda head, body, signature: ".".join([head, signature, body]),
    # {"alg":"none"}, and {"alg":"HS256","kid":"sandbox-1"}
    lambda head, body, signature: ".".join(["eyJhbGciOiJub25lIn0", body, ""]),
    lambda head, body, signature: ".".join(["eyJhbGciOiJIUzI1NiIsImtpZCI6InNhbmRib3gtMSJ9", body, signature]),
])
def test_both_refuse_another_spelling(verify, change):
    text = change(*credential().split("."))
    with pytest.raises(Exception):
        verify(text)
    assert sign_in(text).status_code == 401
