// Collects a quarter of a second of microphone samples and passes them on as 16-bit PCM at the rate that is asked for.
// The context has the rate of the device. Each sample that leaves is the mean of the time that it stands for.
class Capture extends AudioWorkletProcessor {
  #step;
  #missing;
  #sum = 0;
  #samples;
  #filled = 0;
  #isOver = false;

  constructor({ processorOptions: { rate } }) {
    super();
    this.#step = sampleRate / rate;
    this.#missing = this.#step;
    this.#samples = new Int16Array(Math.round(rate / 4));
    this.port.onmessage = () => { this.#isOver = true; };
  }

  process([[channel]]) {
    for (const sample of channel || []) this.#take(sample);
    return !this.#isOver;
  }

  #take(sample) {
    // Sums of fractions leave a rest that is not quite zero.
    for (let left = 1; left > 1e-9;) {
      const part = Math.min(left, this.#missing);
      this.#sum += sample * part;
      this.#missing -= part;
      left -= part;
      if (this.#missing > 1e-9) continue;
      this.#give(this.#sum / this.#step);
      this.#sum = 0;
      this.#missing = this.#step;
    }
  }

  #give(sample) {
    this.#samples[this.#filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
    if (this.#filled < this.#samples.length) return;
    this.port.postMessage(this.#samples.slice().buffer);
    this.#filled = 0;
  }
}
registerProcessor('capture', Capture);
