// Raw PCM for recording and playback: 16-bit little endian, mono, at the rate that the agent names (`pcm_16000`).
const rate = (format, fallback = 16000) => Number(/^pcm_(\d+)$/.exec(format || '')?.[1]) || fallback;

const decode = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

function encode(bytes) {
  let text = '';
  for (let start = 0; start < bytes.length; start += 0x8000) text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  return btoa(text);
}

export class Speaker {
  #context = null;
  #rate = 16000;
  #end = 0;
  #sources = new Set();

  use(format) { this.#rate = rate(format); }

  play(base64) {
    if (!base64) return;
    const bytes = decode(base64);
    const samples = new Int16Array(bytes.buffer, 0, bytes.length >> 1);
    if (!samples.length) return;
    this.#context ??= new AudioContext();
    const buffer = this.#context.createBuffer(1, samples.length, this.#rate);
    buffer.getChannelData(0).set(Float32Array.from(samples, (sample) => sample / 32768));
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    this.#end = Math.max(this.#end, this.#context.currentTime);
    source.start(this.#end);
    this.#end += buffer.duration;
    this.#sources.add(source);
    source.onended = () => this.#sources.delete(source);
  }

  stop() {
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
    this.#end = 0;
  }
}

export class Microphone {
  #stream;
  #context;

  static async open(format, onChunk) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    const microphone = new Microphone();
    microphone.#stream = stream;
    microphone.#context = new AudioContext({ sampleRate: rate(format) });
    await microphone.#context.audioWorklet.addModule(new URL('./capture-worklet.js', import.meta.url));
    const node = new AudioWorkletNode(microphone.#context, 'capture');
    node.port.onmessage = ({ data }) => onChunk(encode(new Uint8Array(data)));
    microphone.#context.createMediaStreamSource(stream).connect(node);
    return microphone;
  }

  close() {
    for (const track of this.#stream.getTracks()) track.stop();
    this.#context.close();
  }
}
