// The agent's socket, in ElevenLabs' protocol: text in both directions, and audio as far as there is a microphone and a
// format that this page knows.
import { Recorder, Speaker, parseFormat, sound, stop } from './audio.js';

/** The agent's side is heard every few seconds, also while it says nothing. A socket that is silent for longer is probably dead. */
const SILENCE_MS = 20_000;

/**
 * Emits `begun`, `unplayable`, `line`, `unplugged`, `paused` and `resumed` when the system silences the microphone and
 * gives it back, and `closed` with whether the agent itself said good-bye.
 */
export class Agent extends EventTarget {
  #socket;
  #stream;
  #hears;
  #recorder = null;
  #speaker = new Speaker();
  /** The format in which the agent wants to hear the user; null before it has said so. */
  #heardFormat = null;
  #isMuted = false;
  #hasMicrophone = false;

  /** When the agent's side was heard last, on the page's clock. */
  heardAt = performance.now();

  /** Whether nothing has come from it for long. */
  get isSilent() { return performance.now() - this.heardAt > SILENCE_MS; }

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

  get isOpen() { return this.#socket.readyState === WebSocket.OPEN; }

  /** While it is held, the agent hears and reads nothing. */
  isHeld = false;

  /** @returns whether it was sent */
  say(text) {
    if (this.isHeld) return false;
    this.#send({ type: 'user_message', text });
    return true;
  }

  /** Waits until something is heard of the agent, if it was not heard since `time`; false if nothing is within the limit. */
  heardSince(time, limit) {
    if (this.heardAt > time) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (isHeard) => {
        clearTimeout(timer);
        this.removeEventListener('heard', heard);
        resolve(isHeard);
      };
      const heard = () => done(true);
      const timer = setTimeout(() => done(false), limit);
      this.addEventListener('heard', heard);
    });
  }

  /** Whether there is a microphone, muted or not. */
  get hasMicrophone() { return this.#hasMicrophone; }

  /** How loud both are just now, between 0 and 1. */
  get levels() { return { agent: this.#hears ? sound.level : 0, user: this.#recorder?.level ?? 0 }; }

  get isMuted() { return this.#isMuted; }

  /** A muted microphone stays open, and gives silence. */
  set isMuted(isMuted) {
    this.#isMuted = isMuted;
    for (const track of this.#stream?.getAudioTracks() ?? []) track.enabled = !isMuted;
  }

  /**
   * Lets the agent hear another microphone from now on.
   * @throws if it cannot be recorded; the one before stays then
   */
  async useMicrophone(stream) {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      stop(stream);
      return;
    }
    try {
      if (!this.#heardFormat) throw new DOMException('The agent hears no sound.', 'NotSupportedError');
      if (this.#recorder) this.#recorder.use(stream);
      else await this.#record(stream);
    } catch (error) {
      stop(stream);
      throw error;
    }
    this.#attend(stream);
  }

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
    if (this.isHeld) this.#emit('heard');
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
    this.#heardFormat = recorded;
    try {
      if (this.#stream) await this.#record(this.#stream);
    } catch {
      return this.#emit('unplayable');
    }
    if (this.#recorder) this.#attend(this.#stream);
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#emit('begun');
    // It may have been unplugged while the agent was called.
    const [track] = this.#recorder ? this.#stream.getAudioTracks() : [];
    if (track?.readyState === 'ended') track.onended();
  }

  async #record(stream) {
    const recorder = await Recorder.open(stream, this.#heardFormat, (chunk) => {
      if (!this.isHeld) this.#send({ user_audio_chunk: chunk });
    });
    if (this.#socket.readyState === WebSocket.OPEN) this.#recorder = recorder;
    else recorder.close();
  }

  /** Hears of the microphone's end. A device that is unplugged ends its tracks; a page that stops them is not told. */
  #attend(stream) {
    this.#stream = stream;
    this.#hasMicrophone = true;
    this.isMuted = this.#isMuted;
    const tell = (type) => { if (stream === this.#stream) this.#emit(type); };
    for (const track of stream.getAudioTracks()) {
      track.onmute = () => tell('paused');
      track.onunmute = () => tell('resumed');
      track.onended = () => {
        if (stream === this.#stream) this.#hasMicrophone = false;
        tell('unplugged');
      };
    }
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
