"""The providers' official SDKs against the sandbox: the sandbox understands their requests, and its answers
have the members that they read."""
import json
import os
import time
import uuid

import mailjet_rest
import pytest
import requests
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from google import genai
from google.genai import errors, types

from suite import control


def test_elevenlabs_conversation():
    client = ElevenLabs(api_key=os.environ["ELEVEN_API_KEY"], base_url=os.environ["ELEVEN_BASE_URL"])
    answer = client.conversational_ai.conversations.get_signed_url(
        agent_id=os.environ["AGENT_ID"], include_conversation_id=True)
    assert "conversation_signature=" in answer.signed_url
    conversation = answer.signed_url.split("conversation_id=")[1].split("&")[0]
    control("PUT", f"/elevenlabs/conversations/{conversation}",
            {"transcript": [{"role": "user", "message": "Hello"}], "duration_secs": 42})
    details = client.conversational_ai.conversations.get(conversation)
    assert details.status == "done" and details.metadata.call_duration_secs == 42
    assert details.transcript[0].message == "Hello"
    with pytest.raises(ApiError):
        client.conversational_ai.conversations.get("conv_unknown")


def test_elevenlabs_webhook_signature():
    client = ElevenLabs(api_key="any")
    import hashlib
    import hmac
    secret, body, now = os.environ["ELEVEN_WEBHOOK_SECRET"], '{"type":"post_call_transcription"}', int(time.time())
    code = hmac.new(secret.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
    assert client.webhooks.construct_event(body, f"t={now},v0={code}", secret)["type"] == "post_call_transcription"


def test_gemini_generates_from_what_it_is_given():
    client = genai.Client(
        api_key=os.environ["GEMINI_API_KEY"], http_options=types.HttpOptions(base_url=os.environ["GEMINI_BASE_URL"]))
    answer = client.models.generate_content(
        model="gemini-2.5-flash", contents="user: My knee hurts.",
        config=types.GenerateContentConfig(response_mime_type="application/json"))
    assert "knee" in json.loads(answer.text)["summary"]
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    control("PUT", "/gemini/fault", {"kind": "status", "status": 400, "times": 1})
    with pytest.raises(errors.ClientError):
        client.models.generate_content(model="gemini-2.5-flash", contents="x")


def test_mailjet_sends(monkeypatch):
    send = requests.Session.request

    def to_the_sandbox(self, method, url, **options):
        return send(self, method, url.replace("https://api.mailjet.com", os.environ["MAILJET_BASE_URL"]), **options)

    # The SDK refuses any base URL that is not Mailjet's, so the request is redirected at a lower level.
    monkeypatch.setattr(requests.Session, "request", to_the_sandbox)
    client = mailjet_rest.Client(auth=(os.environ["MAILJET_API_KEY"], os.environ["MAILJET_API_SECRET"]), version="v3.1")
    address = f"{uuid.uuid4().hex}@example.com"
    answer = client.send.create(data={"Messages": [{
        "From": {"Email": "care@talktime.example"}, "To": [{"Email": address}], "Subject": "Hello", "TextPart": "Hi",
        "CustomID": "sdk"}]})
    assert answer.status_code == 200 and answer.json()["Messages"][0]["Status"] == "success"
    assert control("GET", f"/mailjet/inbox?to={address}")["items"][0]["subject"] == "Hello"
