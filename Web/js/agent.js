// The agent's socket, in ElevenLabs' protocol: text in both directions, and audio if a microphone is available.
import { Microphone, Speaker } from './audio.js';

export class Agent extends EventTarget {
  #socket;
  #microphone = null;
  #speaker = new Speaker();

  constructor(signedURL) {
    super();
    this.#socket = new WebSocket(signedURL);
    this.#socket.onopen = () => this.#send({ type: 'conversation_initiation_client_data' });
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = () => this.#closed();
  }

  say(text) { this.#send({ type: 'user_message', text }); }

  close() {
    this.#socket.close(1000);
    this.#silence();
  }

  #send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  #receive(data) {
    let message;
    try { message = JSON.parse(data); } catch { return; }
    switch (message.type) {
      case 'conversation_initiation_metadata': return this.#begun(message.conversation_initiation_metadata_event || {});
      case 'ping': return this.#send({ type: 'pong', event_id: message.ping_event.event_id });
      case 'agent_response': return this.#emit('line', { role: 'agent', text: message.agent_response_event.agent_response });
      case 'user_transcript': return this.#emit('line', { role: 'user', text: message.user_transcription_event.user_transcript });
      case 'audio': return this.#speaker.play(message.audio_event.audio_base_64);
      case 'interruption': return this.#speaker.stop();
    }
  }

  #begun(metadata) {
    this.#emit('begun');
    this.#speaker.use(metadata.agent_output_audio_format);
    Microphone.open(metadata.user_input_audio_format, (chunk) => this.#send({ user_audio_chunk: chunk }))
      .then((microphone) => {
        if (this.#socket.readyState === WebSocket.OPEN) this.#microphone = microphone;
        else microphone.close();
      })
      .catch(() => this.#emit('muted'));
  }

  #closed() {
    this.#silence();
    this.#emit('closed');
  }

  #silence() {
    this.#microphone?.close();
    this.#microphone = null;
    this.#speaker.stop();
  }
}
