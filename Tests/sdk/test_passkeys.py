"""Passkeys: what the packages `fido2` and `webauthn` accept or refuse, our service accepts or refuses, too. An
authenticator in software gives all three the same answers, good and damaged."""
import base64
import hashlib
import json
import os
import struct
import urllib.parse

import pytest
import requests
import webauthn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from fido2 import cbor
from fido2.cose import ES256, ES384, RS256, EdDSA
from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialRpEntity
from webauthn.helpers.cose import COSEAlgorithmIdentifier

from suite import PUBLIC, Customer

RP = urllib.parse.urlsplit(PUBLIC).hostname
UP, UV, BE, BS, AT, ED = 1, 4, 8, 16, 64, 128
SERVER = Fido2Server(
    PublicKeyCredentialRpEntity(name="Talktime", id=RP), attestation="none", verify_origin=lambda origin: origin == PUBLIC)
EXTENSIONS = cbor.encode({"credProtect": 2})
RSA_KEY = rsa.generate_private_key(65537, 2048)


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def flipped(data, place=-1):
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def cut(data):
    return data[:-1]


def longer(data):
    return data + b"\x00"


class Authenticator:
    """One passkey. Each answer can be changed on the way: before it is signed, or afterwards."""

    def __init__(self, kind="es256", id_size=32):
        self.id = os.urandom(id_size)
        if kind == "es256":
            self.key = ec.generate_private_key(ec.SECP256R1())
            self.cose = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        elif kind == "es384":
            self.key = ec.generate_private_key(ec.SECP384R1())
            self.cose = cbor.encode(ES384.from_cryptography_key(self.key.public_key()))
        elif kind == "ed25519":
            self.key = ed25519.Ed25519PrivateKey.generate()
            self.cose = cbor.encode(EdDSA.from_cryptography_key(self.key.public_key()))
        else:
            self.key = RSA_KEY
            self.cose = cbor.encode(RS256.from_cryptography_key(self.key.public_key()))

    def sign(self, message):
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(message, ec.ECDSA(hashes.SHA256()))
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(message)
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def client(self, kind, challenge, origin=PUBLIC, members=None, client=None, **_):
        told = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False, **(members or {})}
        data = json.dumps({key: value for key, value in told.items() if value is not None}).encode()
        return client(data) if client else data

    def data(self, flags, counter=0, rp=RP, model=bytes(16), cose=None, data=None, extensions=b"", **_):
        made = hashlib.sha256(rp.encode()).digest() + struct.pack(">BI", flags, counter)
        if flags & AT:
            made += model + struct.pack(">H", len(self.id)) + self.id + (cose or self.cose)
        made += extensions
        return data(made) if data else made

    def registration(self, challenge, kind="webauthn.create", flags=UP | UV | AT, fmt="none", statement=None,
                     attestation=None, answer=None, **changes):
        made = cbor.encode({
            "fmt": fmt, "attStmt": statement or {}, "authData": self.data(flags, **changes)})
        told = {"id": encode(self.id), "rawId": encode(self.id), "type": "public-key", "clientExtensionResults": {},
                "response": {
                    "clientDataJSON": encode(self.client(kind, changes.pop("other_challenge", challenge), **changes)),
                    "attestationObject": encode(attestation(made) if attestation else made)}}
        return answer(told) if answer else told

    def assertion(self, challenge, handle, kind="webauthn.get", flags=UP | UV, signature=None, sign=None,
                  signed_client=None, signed_data=None, answer=None, **changes):
        client = self.client(kind, changes.pop("other_challenge", challenge), **changes)
        data = self.data(flags, **changes)
        message = data + hashlib.sha256(client).digest()
        made = sign(self, message) if sign else self.sign(message)
        told = {"id": encode(self.id), "rawId": encode(self.id), "type": "public-key", "clientExtensionResults": {},
                "response": {
                    "clientDataJSON": encode(signed_client(client) if signed_client else client),
                    "authenticatorData": encode(signed_data(data) if signed_data else data),
                    "signature": encode(signature(made) if signature else made), "userHandle": handle}}
        return answer(told) if answer else told


def accepts(body):
    """Whether the call goes well. Whatever a package raises is its refusal."""
    try:
        body()
        return True
    except Exception:
        return False


class Registration:
    """One registration at our service, with the verdicts of all three."""

    def __init__(self, **changes):
        self.owner = Customer()
        options = self.owner.post("/auth/passkeys/options", {})
        assert options.status_code == 200, options.text
        self.options = options.json()
        self.authenticator = Authenticator(changes.pop("key", "es256"), changes.pop("id_size", 32))
        self.answer = self.authenticator.registration(self.options["challenge"], **changes)

    def ours(self):
        answer = self.owner.post("/auth/passkeys", {"credential": self.answer})
        assert answer.status_code in (201, 400, 401), answer.text
        return answer.status_code == 201

    def fido2(self):
        def verify():
            state = {"challenge": self.options["challenge"], "user_verification": "required"}
            # As an application stores the passkey afterwards.
            assert SERVER.register_complete(state, self.answer).credential_data.credential_id

        return accepts(verify)

    def webauthn(self):
        return accepts(lambda: webauthn.verify_registration_response(
            credential=self.answer, expected_challenge=decode(self.options["challenge"]), expected_rp_id=RP,
            expected_origin=PUBLIC, require_user_verification=True, supported_pub_key_algs=[
                COSEAlgorithmIdentifier(parameter["alg"]) for parameter in self.options["pubKeyCredParams"]]))

    def verdicts(self):
        return {"fido2": self.fido2(), "webauthn": self.webauthn(), "ours": self.ours()}


class Assertion:
    """One sign-in at our service with a passkey that it knows, with the verdicts of all three."""

    def __init__(self, flags_then=UP | UV | AT, counter_then=0, **changes):
        self.registered = Registration(key=changes.pop("key", "es256"), flags=flags_then, counter=counter_then)
        assert self.registered.ours()
        self.counter_then = counter_then
        self.challenge = requests.post(PUBLIC + "/auth/passkey/options", timeout=20, json={}).json()["challenge"]
        authenticator = changes.pop("by", None) or self.registered.authenticator
        self.answer = authenticator.assertion(self.challenge, self.registered.options["user"]["id"], **changes)

    def ours(self):
        answer = requests.post(PUBLIC + "/auth/passkey", timeout=20, json=self.answer)
        assert answer.status_code in (200, 400, 401), answer.text
        return answer.status_code == 200

    def fido2(self):
        state = {"challenge": self.registered.options["challenge"], "user_verification": "required"}
        known = SERVER.register_complete(state, self.registered.answer).credential_data
        state = {"challenge": self.challenge, "user_verification": "required"}
        return accepts(lambda: SERVER.authenticate_complete(state, [known], self.answer))

    def webauthn(self):
        def verify():
            # An application looks the passkey up by its id.
            assert decode(self.answer["rawId"]) == self.registered.authenticator.id
            webauthn.verify_authentication_response(
                credential=self.answer, expected_challenge=decode(self.challenge), expected_rp_id=RP,
                expected_origin=PUBLIC, credential_public_key=self.registered.authenticator.cose,
                credential_current_sign_count=self.counter_then, require_user_verification=True)

        return accepts(verify)

    def verdicts(self):
        return {"fido2": self.fido2(), "webauthn": self.webauthn(), "ours": self.ours()}


GOOD_REGISTRATIONS = {
    "ES256": {}, "EdDSA": {"key": "ed25519"}, "RS256": {"key": "rs256"}, "it counts": {"counter": 7},
    "it can be backed up": {"flags": UP | UV | AT | BE}, "it is backed up": {"flags": UP | UV | AT | BE | BS},
    "extensions": {"flags": UP | UV | AT | ED, "extensions": EXTENSIONS}, "a long id": {"id_size": 1023},
    "the shortest id": {"id_size": 16}, "a model": {"model": bytes(range(16))},
    "members of tomorrow": {"members": {"other_keys_can_be_added_here": {"do": ["not", "compare"]}}},
    "no word about frames": {"members": {"crossOrigin": None}},
}

BAD_REGISTRATIONS = {
    "a sign-in's type": {"kind": "webauthn.get"}, "another challenge": {"other_challenge": encode(os.urandom(56))},
    "another site's page": {"origin": "https://evil.example"}, "a page of another port": {"origin": PUBLIC + "1"},
    "made for another site": {"rp": "evil.example"}, "nobody there": {"flags": UV | AT},
    "nobody verified": {"flags": UP | AT}, "no credential": {"flags": UP | UV},
    "cut off": {"data": lambda data: data[:50]}, "a byte too many": {"data": longer}, "no extensions where some are told": {
        "flags": UP | UV | AT | ED}, "half a key": {"cose": cbor.encode({1: 2, 3: -7})[:-1]},
    "no JSON": {"client": lambda data: b"no"}, "half of the JSON": {"client": lambda data: data[:40]},
    "no challenge": {"members": {"challenge": None}}, "no origin": {"members": {"origin": None}},
    "an empty attestation": {"attestation": lambda data: b""}, "half an attestation": {
        "attestation": lambda data: data[:60]},
    "an attestation without data": {"attestation": lambda data: cbor.encode({"fmt": "none", "attStmt": {}})},
    "an attestation that is a list": {"attestation": lambda data: cbor.encode([1, 2])},
}

GOOD_ASSERTIONS = {
    "ES256": {}, "EdDSA": {"key": "ed25519"}, "RS256": {"key": "rs256"},
    "it counts": {"counter_then": 7, "counter": 8}, "it begins to count": {"counter": 1},
    "it is backed up": {"flags_then": UP | UV | AT | BE, "flags": UP | UV | BE | BS},
    "extensions": {"flags": UP | UV | ED, "extensions": EXTENSIONS},
    "members of tomorrow": {"members": {"other_keys_can_be_added_here": 1}},
}

BAD_ASSERTIONS = {
    "a damaged signature": {"signature": flipped}, "half a signature": {"signature": cut},
    "no signature": {"signature": lambda made: b""}, "two numbers for a signature": {
        "signature": lambda made: b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(made))},
    "another key's signature": {"sign": lambda _, message: Authenticator().sign(message)},
    "another kind's signature": {"sign": lambda _, message: Authenticator("ed25519").sign(message)},
    "another message's signature": {"sign": lambda own, message: own.sign(message + b"!")},
    "a damaged EdDSA signature": {"key": "ed25519", "signature": flipped},
    "a damaged RS256 signature": {"key": "rs256", "signature": flipped},
    "RSA with PSS": {"key": "rs256", "sign": lambda own, message: own.key.sign(
        message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())},
    "a registration's type": {"kind": "webauthn.create"}, "another challenge": {"other_challenge": encode(os.urandom(56))},
    "another site's page": {"origin": "https://evil.example"}, "made for another site": {"rp": "evil.example"},
    "nobody there": {"flags": UV}, "nobody verified": {"flags": UP}, "cut off": {"data": lambda data: data[:36]},
    "a byte too many": {"data": longer}, "a count changed after the signature": {
        "signed_data": lambda data: flipped(data, 33)},
    "JSON changed after the signature": {"signed_client": lambda data: data.replace(b"{", b"{ ", 1)},
    "no JSON": {"client": lambda data: b"no"}, "an unknown passkey": {"by": Authenticator()},
}

# Ours is stricter, as docs/passkeys.md says.
STRICTER_REGISTRATIONS = {
    "another algorithm": {"key": "es384"}, "a short id": {"id_size": 8},
    "backed up without being able to": {"flags": UP | UV | AT | BS},
    "in a frame of another site": {"members": {"crossOrigin": True}},
    "under another site": {"members": {"topOrigin": "https://evil.example"}},
    "a statement of the format none": {"statement": {"x": 1}},
    "another id than the authenticator's": {
        "answer": lambda told: {**told, "id": encode(bytes(32)), "rawId": encode(bytes(32))}},
    "a length that could be shorter": {
        "attestation": lambda data: data.replace(b"\x64none", b"\x78\x04none")},
    "keys that are not sorted": {"attestation": lambda data: cbor_unsorted(data)},
    "a byte after the attestation": {"attestation": longer},
}

STRICTER_ASSERTIONS = {
    "a counter that stays": {"counter_then": 7, "counter": 7}, "a counter that goes back": {
        "counter_then": 7, "counter": 6},
    "it could be backed up, and cannot any more": {"flags_then": UP | UV | AT | BE},
    "in a frame of another site": {"members": {"crossOrigin": True}},
    "nobody is named": {"answer": lambda told: {**told, "response": {**told["response"], "userHandle": None}}},
    "another user is named": {
        "answer": lambda told: {**told, "response": {**told["response"], "userHandle": encode(bytes(16))}}},
}


def cbor_unsorted(data):
    members = cbor.decode(data)
    names = ["authData", "attStmt", "fmt"]
    return b"\xa3" + b"".join(cbor.encode(name) + cbor.encode(members[name]) for name in names)


@pytest.mark.parametrize("changes", GOOD_REGISTRATIONS.values(), ids=GOOD_REGISTRATIONS.keys())
def test_all_accept_a_registration(changes):
    assert Registration(**changes).verdicts() == {"fido2": True, "webauthn": True, "ours": True}


@pytest.mark.parametrize("changes", BAD_REGISTRATIONS.values(), ids=BAD_REGISTRATIONS.keys())
def test_all_refuse_a_registration(changes):
    assert Registration(**changes).verdicts() == {"fido2": False, "webauthn": False, "ours": False}


@pytest.mark.parametrize("changes", GOOD_ASSERTIONS.values(), ids=GOOD_ASSERTIONS.keys())
def test_all_accept_a_sign_in(changes):
    assert Assertion(**changes).verdicts() == {"fido2": True, "webauthn": True, "ours": True}


@pytest.mark.parametrize("changes", BAD_ASSERTIONS.values(), ids=BAD_ASSERTIONS.keys())
def test_all_refuse_a_sign_in(changes):
    assert Assertion(**changes).verdicts() == {"fido2": False, "webauthn": False, "ours": False}


@pytest.mark.parametrize("changes", STRICTER_REGISTRATIONS.values(), ids=STRICTER_REGISTRATIONS.keys())
def test_ours_is_stricter_about_a_registration(changes):
    verdicts = Registration(**changes).verdicts()
    assert not verdicts["ours"] and (verdicts["fido2"] or verdicts["webauthn"]), verdicts


@pytest.mark.parametrize("changes", STRICTER_ASSERTIONS.values(), ids=STRICTER_ASSERTIONS.keys())
def test_ours_is_stricter_about_a_sign_in(changes):
    verdicts = Assertion(**changes).verdicts()
    assert not verdicts["ours"] and (verdicts["fido2"] or verdicts["webauthn"]), verdicts


def test_a_signature_is_accepted_once():
    signed = Assertion()
    assert signed.ours() and not signed.ours()
