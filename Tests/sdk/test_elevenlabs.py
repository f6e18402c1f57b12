"""ElevenLabs' own SDK beside the sandbox and our webhook: each accepts the other's signatures."""
import base64
import hashlib
import hmac
import json
import os
import time

import pytest
import requests
from elevenlabs import ElevenLabs
from elevenlabs.errors import BadRequestError

from suite import PUBLIC, control

SECRET = os.environ["ELEVEN_WEBHOOK_SECRET"]


@pytest.fixture
def eleven():
    return ElevenLabs(api_key=os.environ["ELEVEN_API_KEY"], base_url=os.environ["ELEVEN_BASE_URL"])


def conversation(eleven):
    answer = eleven.conversational_ai.conversations.get_signed_url(
        agent_id=os.environ["AGENT_ID"], include_conversation_id=True)
    return answer.signed_url.split("conversation_id=")[1].split("&")[0]


def test_the_sdk_takes_the_sandboxs_webhook(eleven):
    id = conversation(eleven)
    control("PUT", f"/elevenlabs/conversations/{id}", {"duration_secs": 42, "webhooks": 0})
    sent = control("POST", "/elevenlabs/webhooks", {"conversation_id": id, "copies": 0})
    event = eleven.webhooks.construct_event(sent["body"], sent["signature"], SECRET)
    assert event["data"]["conversation_id"] == id and event["data"]["metadata"]["call_duration_secs"] == 42


@pytest.mark.parametrize("told", [{"secret": "wrong"}, {"age_seconds": 1900}])
def test_what_the_sdk_refuses_we_refuse(eleven, told):
    sent = control("POST", "/elevenlabs/webhooks", {"conversation_id": "conv_x", "copies": 0, **told})
    with pytest.raises(BadRequestError):
        eleven.webhooks.construct_event(sent["body"], sent["signature"], SECRET)
    assert deliver(sent["body"], sent["signature"]).status_code == 401


def deliver(body, signature):
    return requests.post(
        PUBLIC + "/sessions/webhooks/elevenlabs", data=body.encode(), timeout=20,
        headers={"Content-Type": "application/json", "ElevenLabs-Signature": signature})


def test_what_the_sdk_takes_we_take(eleven):
    body = json.dumps({"type": "post_call_transcription", "event_timestamp": int(time.time()), "data": {
        "conversation_id": "conv_of_nobody", "status": "done", "transcript": [{"role": "user", "message": "Grüße"}],
        "metadata": {"call_duration_secs": 7}}}, ensure_ascii=False)
    now = int(time.time())
    signature = f"t={now},v0=" + hmac.new(SECRET.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
    assert eleven.webhooks.construct_event(body, signature, SECRET)
    answer = deliver(body, signature)
    assert answer.status_code == 200 and answer.json() == {"status": "dropped"}
    assert deliver(body.replace("7", "8"), signature).status_code == 401


def test_a_webrtc_token_names_its_conversation(eleven):
    answer = eleven.conversational_ai.conversations.get_webrtc_token(agent_id=os.environ["AGENT_ID"])
    payload = answer.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert answer.conversation_id.startswith("conv_")
    assert claims["video"]["room"].endswith("_" + answer.conversation_id)


def test_an_agents_settings(eleven):
    agent = eleven.conversational_ai.agents.get(os.environ["AGENT_ID"])
    assert agent.platform_settings.auth.enable_auth is True
    assert agent.conversation_config.conversation.max_duration_seconds == 3600
    assert "user_transcript" in agent.conversation_config.conversation.client_events
    assert agent.conversation_config.tts.agent_output_audio_format == "pcm_16000"
    assert agent.conversation_config.asr.user_input_audio_format == "pcm_16000"
    assert agent.platform_settings.queueing_config.enabled is False
    assert agent.platform_settings.call_limits.bursting_enabled is False
    assert agent.platform_settings.workspace_overrides.webhooks.events == ["transcript"]
