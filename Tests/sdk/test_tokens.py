"""Access tokens: two JOSE libraries verify them by our published keys, and refuse what is not as we signed it."""
import base64
import json
import time
import uuid

import jwt
import pytest
import requests
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet

from suite import PUBLIC

KEYS = PUBLIC + "/auth/.well-known/jwks.json"
CLAIMS = {"iss", "aud", "sub", "sid", "jti", "iat", "exp", "auth_time", "amr", "scope"}


@pytest.fixture(scope="module")
def token():
    answer = requests.post(PUBLIC + "/auth/register", timeout=20, json={
        "email": f"sdk-{uuid.uuid4().hex}@example.com", "password": "a quiet mountain lake"})
    assert answer.status_code == 201
    return answer.json()["access_token"]


def changed(token, part, byte):
    parts = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4)))
    raw[byte] ^= 1
    parts[part] = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    return ".".join(parts)


def test_pyjwt_verifies_by_the_published_keys(token):
    key = jwt.PyJWKClient(KEYS).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience="talktime", issuer=PUBLIC,
                        options={"require": sorted(CLAIMS)})
    assert set(claims) == CLAIMS and claims["amr"] == ["pwd"]
    assert claims["exp"] - claims["iat"] == 24 * 3600 and claims["auth_time"] <= claims["iat"] <= time.time() + 1
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "typ": "tt+jwt", "kid": key.key_id}


def test_joserfc_verifies_by_the_published_keys(token):
    keys = KeySet.import_key_set(requests.get(KEYS, timeout=20).json())
    decoded = joserfc_jwt.decode(token, keys, algorithms=["EdDSA", "Ed25519"])
    joserfc_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": PUBLIC}, aud={"essential": True, "value": "talktime"},
        sub={"essential": True}, exp={"essential": True}, iat={"essential": True}).validate(decoded.claims)
    # RFC 7638: the library computes the thumbprint by itself.
    assert decoded.header["kid"] == keys.keys[0].thumbprint()


@pytest.mark.parametrize("part, byte", [(0, 2), (1, 8), (1, -3), (2, 0), (2, 63)])
def test_a_changed_token_is_refused_by_all(token, part, byte):
    damaged = changed(token, part, byte)
    keys = requests.get(KEYS, timeout=20).json()
    key = jwt.PyJWK(keys["keys"][0])
    with pytest.raises((jwt.PyJWTError, ValueError)):
        jwt.decode(damaged, key, algorithms=["EdDSA"], audience="talktime", issuer=PUBLIC)
    for path in ["/auth/me", "/billing/balance", "/sessions", "/tasks"]:
        answer = requests.get(PUBLIC + path, timeout=20, headers={"Authorization": f"Bearer {damaged}"})
        assert answer.status_code == 401 and answer.json()["code"] == "invalid_token"
        assert json.dumps(answer.json()).count("signature") == 0


def test_no_private_part_is_published():
    keys = requests.get(KEYS, timeout=20).json()["keys"]
    assert keys and all(set(key) == {"kty", "crv", "alg", "use", "kid", "x"} for key in keys)
