// Collects a quarter of a second of microphone samples and passes them on as 16-bit PCM.
class Capture extends AudioWorkletProcessor {
  #samples = new Int16Array(Math.round(sampleRate / 4));
  #filled = 0;

  process([[channel]]) {
    for (const sample of channel || []) {
      this.#samples[this.#filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.#filled === this.#samples.length) {
        this.port.postMessage(this.#samples.slice().buffer);
        this.#filled = 0;
      }
    }
    return true;
  }
}
registerProcessor('capture', Capture);
