"""The RateLimit fields as a parser of structured fields (RFC 9651) reads them."""
import requests
from http_sf import Token, parse

from suite import PUBLIC


def fields(answer):
    for name in ("RateLimit", "RateLimit-Policy"):
        [(policy, parameters)] = parse(answer.headers[name].encode(), tltype="list")
        assert isinstance(policy, str) and not isinstance(policy, Token), answer.headers[name]
        yield policy, parameters


def test_quota_of_a_limited_route():
    (name, left), (policy, quota) = fields(requests.get(PUBLIC + "/auth/google/nonce", timeout=10))
    assert name == policy == "google_nonce"
    assert 0 <= left["r"] < quota["q"] and quota["w"] == 60
    assert 0 < left["t"] <= quota["w"] and all(type(value) is int for value in [*left.values(), *quota.values()])
