// The sound of the page: one context for the microphone and for the agent's voice, and the formats of ElevenLabs, which
// are 16-bit PCM, little endian and mono, or µ-law, each with its rate (`pcm_16000`, `ulaw_8000`).

/** The coding and the rate of a format; null for one that this page can neither play nor record. */
export function parseFormat(format) {
  const [, coding, digits] = /^(pcm|ulaw)_(\d+)$/.exec(format || 'pcm_16000') || [];
  const rate = Number(digits);
  return coding && rate >= 8000 && rate <= 96_000 ? { coding, rate } : null;
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

function base64Of(bytes) {
  let text = '';
  for (let start = 0; start < bytes.length; start += 0x8000) text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  return btoa(text);
}

// ITU-T G.711.
function fromMuLaw(byte) {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}

function toMuLaw(sample) {
  const magnitude = Math.min(Math.abs(sample), 32_635) + 0x84;
  const exponent = 24 - Math.clz32(magnitude);
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

const samplesOf = (bytes, coding) =>
  (coding === 'ulaw' ? Int16Array.from(bytes, fromMuLaw) : new Int16Array(bytes.buffer, 0, bytes.length >> 1));

const encoded = (samples, coding) =>
  base64Of(coding === 'ulaw' ? Uint8Array.from(samples, toMuLaw) : new Uint8Array(samples.buffer));

const RESUME_LIMIT_MS = 2000;

/** How loud the sound is that reaches its `node`. */
class Meter {
  #samples = new Float32Array(1024);

  constructor(context) {
    this.node = context.createAnalyser();
    this.node.fftSize = this.#samples.length;
  }

  /** The root mean square of the last samples, between 0 and 1. */
  get level() {
    this.node.getFloatTimeDomainData(this.#samples);
    return Math.sqrt(this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length);
  }
}

/** The page's one sound context. It emits `changed` when it starts, or when the system has stopped it. */
class Sound extends EventTarget {
  #context = null;
  #output = null;
  #meter = null;
  #speaker = '';
  /** The loading of what records a microphone. */
  #recorder = null;

  get context() { return this.#context; }
  get isRunning() { return this.#context?.state === 'running'; }

  /** What is to be heard is connected to it. */
  get output() { return this.#output; }

  /** How loud the agent is just now, between 0 and 1. */
  get level() { return this.#meter?.level ?? 0; }

  /** Whether this browser lets a page choose where its sound goes. */
  get canChooseSpeaker() { return 'setSinkId' in (globalThis.AudioContext?.prototype ?? {}); }

  /** Call it within a click: without one a browser may keep a page silent. */
  open() {
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#context.onstatechange = () => this.dispatchEvent(new Event('changed'));
      this.#output = this.#context.createGain();
      this.#meter = new Meter(this.#context);
      this.#output.connect(this.#context.destination);
      this.#output.connect(this.#meter.node);
      if (this.#speaker) this.useSpeaker(this.#speaker);
    }
    return this.resume();
  }

  /**
   * Loads what records a microphone, once for a context. It is asked for before the call, so that nothing has to be
   * fetched any more between the agent's first word and the first beat.
   * @throws if it cannot be loaded; the next call tries again
   */
  loadRecorder() {
    this.#recorder ??= this.#context.audioWorklet.addModule(new URL('./capture-worklet.js', import.meta.url))
      .catch((error) => {
        this.#recorder = null;
        throw error;
      });
    return this.#recorder;
  }

  /**
   * Sends the sound to a speaker; without an id to the system's own. It holds for the contexts that follow, too.
   * @returns whether the speaker is there
   */
  async useSpeaker(id) {
    this.#speaker = id;
    if (!this.#context || !this.canChooseSpeaker) return true;
    try {
      await this.#context.setSinkId(id);
      return true;
    } catch {
      if (this.#speaker === id) this.#speaker = '';
      return false;
    }
  }

  /** Whether the sound runs now. A context that the system has interrupted may refuse, or not answer at all. */
  async resume() {
    if (!this.#context) return false;
    await Promise.race([
      this.#context.resume().catch(() => {}),
      new Promise((resolve) => { setTimeout(resolve, RESUME_LIMIT_MS); }),
    ]);
    return this.isRunning;
  }

  /** Between two talks nothing needs the device. */
  rest() { this.#context?.suspend().catch(() => {}); }

  close() {
    if (!this.#context) return;
    this.#context.onstatechange = null;
    this.#context.close().catch(() => {});
    this.#context = this.#output = this.#meter = this.#recorder = null;
  }
}

export const sound = new Sound();
addEventListener('pagehide', () => sound.close());

/** Plays the agent's answers in order. Each piece of sound has the number of the event that brought it. */
export class Speaker {
  #format = parseFormat();
  #end = 0;
  #pieces = new Set();
  #interrupted = -Infinity;

  /** @param format null if the agent's sound cannot be played */
  use(format) { this.#format = format; }

  play(base64, id) {
    // What comes while the sound is paused is not kept: later it would be played behind the talk.
    if (!base64 || !this.#format || !sound.isRunning || id <= this.#interrupted) return;
    const samples = samplesOf(bytesOf(base64), this.#format.coding);
    if (!samples.length) return;
    // The buffer has the agent's rate; the context converts it to the device's.
    const buffer = sound.context.createBuffer(1, samples.length, this.#format.rate);
    buffer.getChannelData(0).set(Float32Array.from(samples, (sample) => sample / 32_768));
    this.#append(buffer, id);
  }

  /**
   * Stops what was said up to an event, and drops what is still on its way of it. Later sound stays.
   * @param id undefined stops everything
   */
  interrupt(id) {
    if (id === undefined) return this.stop();
    this.#interrupted = Math.max(this.#interrupted, id);
    const now = sound.context?.currentTime ?? 0;
    const later = [];
    this.#end = 0;
    for (const piece of [...this.#pieces]) {
      const isOver = piece.id === undefined || piece.id <= this.#interrupted;
      if (isOver || piece.startsAt > now) {
        this.#drop(piece);
        if (!isOver) later.push(piece);
      } else this.#end = Math.max(this.#end, piece.startsAt + piece.buffer.duration);
    }
    // What waited behind the interrupted answer is played without a pause.
    for (const { buffer, id: number } of later) this.#append(buffer, number);
  }

  stop() {
    for (const piece of [...this.#pieces]) this.#drop(piece);
    this.#end = 0;
  }

  #append(buffer, id) {
    const source = sound.context.createBufferSource();
    source.buffer = buffer;
    source.connect(sound.output);
    const startsAt = Math.max(this.#end, sound.context.currentTime);
    source.start(startsAt);
    this.#end = startsAt + buffer.duration;
    const piece = { source, buffer, id, startsAt };
    this.#pieces.add(piece);
    source.onended = () => this.#pieces.delete(piece);
  }

  #drop(piece) {
    piece.source.stop();
    this.#pieces.delete(piece);
  }
}

export const stop = (stream) => { for (const track of stream?.getTracks() ?? []) track.stop(); };

/** Records a microphone at the rate of a format, whatever the rate of the device is. */
export class Recorder {
  #stream = null;
  #source = null;
  #node;
  #meter;

  static async open(stream, { coding, rate }, onChunk) {
    const { context } = sound;
    await sound.loadRecorder();
    const recorder = new Recorder();
    recorder.#meter = new Meter(context);
    recorder.#node = new AudioWorkletNode(context, 'capture', { processorOptions: { rate } });
    recorder.#node.port.onmessage = ({ data }) => onChunk(encoded(new Int16Array(data), coding));
    recorder.use(stream);
    return recorder;
  }

  /** Records another microphone from now on, and lets the one before go. */
  use(stream) {
    const source = sound.context.createMediaStreamSource(stream);
    source.connect(this.#node);
    source.connect(this.#meter.node);
    this.#source?.disconnect();
    if (this.#stream !== stream) stop(this.#stream);
    this.#source = source;
    this.#stream = stream;
  }

  /** How loud the microphone is just now, between 0 and 1. */
  get level() { return this.#meter.level; }

  close() {
    stop(this.#stream);
    this.#source.disconnect();
    this.#node.port.onmessage = null;
    this.#node.port.postMessage('end');
  }
}
