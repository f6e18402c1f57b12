// The agent's socket, in ElevenLabs' protocol: text in both directions, and audio as far as there is a microphone and a
// format that this page knows.
import { Recorder, Speaker, parseFormat, stop } from './audio.js';

/** Emits `begun`, `unplayable`, `line`, `unplugged`, and `closed` with whether the agent itself said good-bye. */
export class Agent extends EventTarget {
  #socket;
  #stream;
  #hears;
  #recorder = null;
  #speaker = new Speaker();

  /** When the agent's side was heard last, on the page's clock. */
  heardAt = performance.now();

  /**
   * @param stream the microphone; null if one writes
   * @param hears whether the agent's voice is to be played; without it the talk is in writing
   */
  constructor(signedURL, { stream, hears }) {
    super();
    this.#stream = stream;
    this.#hears = hears;
    this.#socket = new WebSocket(signedURL);
    this.#socket.onopen = () => this.#send({ type: 'conversation_initiation_client_data' });
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code }) => this.#closed(code === 1000);
  }

  say(text) { this.#send({ type: 'user_message', text }); }

  close() {
    this.#socket.onclose = null;
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
    this.heardAt = performance.now();
    switch (message.type) {
      case 'conversation_initiation_metadata': return this.#begin(message.conversation_initiation_metadata_event || {});
      case 'ping': return this.#send({ type: 'pong', event_id: message.ping_event.event_id });
      case 'agent_response': return this.#emit('line', { role: 'agent', text: message.agent_response_event.agent_response });
      case 'user_transcript': return this.#emit('line', { role: 'user', text: message.user_transcription_event.user_transcript });
      case 'audio': return this.#speaker.play(message.audio_event.audio_base_64, message.audio_event.event_id);
      case 'interruption': return this.#speaker.interrupt(message.interruption_event?.event_id);
    }
  }

  /** What cannot be played or recorded is told before the talk begins, and with it the meter. */
  async #begin({ agent_output_audio_format: output, user_input_audio_format: input }) {
    const [played, recorded] = [parseFormat(output), parseFormat(input)];
    this.#speaker.use(this.#hears ? played : null);
    if (this.#hears && !played || this.#stream && !recorded) return this.#emit('unplayable');
    try {
      if (this.#stream) await this.#record(recorded);
    } catch {
      return this.#emit('unplayable');
    }
    if (this.#socket.readyState === WebSocket.OPEN) this.#emit('begun');
  }

  async #record(format) {
    const recorder = await Recorder.open(this.#stream, format, (chunk) => this.#send({ user_audio_chunk: chunk }));
    if (this.#socket.readyState !== WebSocket.OPEN) return recorder.close();
    this.#recorder = recorder;
    for (const track of this.#stream.getAudioTracks()) track.onended = () => this.#emit('unplugged');
  }

  #closed(isGoodbye) {
    this.#silence();
    this.#emit('closed', isGoodbye);
  }

  #silence() {
    this.#recorder?.close();
    this.#recorder = null;
    stop(this.#stream);
    this.#speaker.stop();
  }
}
