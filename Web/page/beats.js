// The beats of one talk: when the next one is due, how long a response may take, and what a silence means. They use the
// live link, or HTTP if no link is available.
import { APIError, call } from '../both/api.js';

/**
 * Milliseconds. A talk ends 10 s after its last beat. With these figures a network may be silent for 8 s of them, and a
 * silence is noticed within 3 s. Over the link a beat is one frame.
 */
const LINK_INTERVAL = 1000;
const PATIENCE = 1250;
const RETRY = 400;
const RETRY_LIMIT = 2000;
/** When the talk is probably lost, a slow network gets its time. */
const SLOW_RETRY = 2000;
const SLOW_LIMIT = 8000;
/** If the clock stood still for so long, the tab or the device was asleep. */
const ASLEEP = 4000;
const RECENT = 15_000;
/** The server waits for the first beat longer than for another, by some seconds in which the agent is called. */
const FIRST = 25_000;

/**
 * Emits `answer` with each of the server's responses, `late` when one is overdue and `back` when they come again,
 * `overdue` with every tick after the time for which the last response was valid, and `refused` when the talk is over.
 */
export class Beats extends EventTarget {
  #session;
  #link;
  #worker;
  #seq = 0;
  #sentAt = -Infinity;
  #waitingSince = null;
  #isLate = false;
  #isOver = false;
  #validFor;
  #heardAt = performance.now();
  #tickedAt = Date.now();
  #wokeAt = -Infinity;

  constructor(session, link) {
    super();
    this.#session = session;
    this.#link = link;
    this.#validFor = FIRST;
    this.#worker = new Worker(new URL('./beat-worker.js', import.meta.url));
    this.#worker.onmessage = () => this.#tick();
    addEventListener('offline', this.#offline);
    addEventListener('online', this.#online);
    this.#beat();
  }

  get isLate() { return this.#isLate; }

  /** The milliseconds that the server still waits for the next beat, by its last response. */
  get validFor() { return this.#heardAt + this.#validFor - performance.now(); }

  /** Whether the tab or the device has just been asleep. */
  get wasAsleep() {
    this.#noteSleep();
    return Date.now() - this.#wokeAt < RECENT;
  }

  end() {
    this.#isOver = true;
    this.#worker.terminate();
    removeEventListener('offline', this.#offline);
    removeEventListener('online', this.#online);
  }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  #offline = () => this.#beLate();

  #online = () => {
    this.#link.hurry();
    this.#beat();
  };

  #noteSleep() {
    const now = Date.now();
    if (now - this.#tickedAt > ASLEEP) this.#wokeAt = now;
    this.#tickedAt = now;
  }

  /** No beat gets through, and the talk can still be saved. */
  get #isUrgent() { return this.#isLate && this.validFor > 0; }

  /** The server's own interval holds over HTTP, where a beat is a whole request. */
  get #interval() {
    if (this.#isLate) return this.#isUrgent ? RETRY : SLOW_RETRY;
    const own = this.#session.heartbeat_interval_ms;
    return this.#link.ready ? Math.min(LINK_INTERVAL, own) : own;
  }

  #tick() {
    if (this.#isOver) return;
    this.#noteSleep();
    this.#link.tend({ isUrgent: this.#isUrgent });
    const now = performance.now();
    if (this.#waitingSince !== null && now - this.#waitingSince > PATIENCE) {
      this.#link.check(PATIENCE);
      this.#beLate();
    }
    if (this.#isLate && this.validFor < 0) this.#emit('overdue');
    if (this.#isOver) return;
    const isWaiting = this.#waitingSince !== null && !this.#isLate;
    if (!isWaiting && now - this.#sentAt >= this.#interval) this.#beat();
  }

  async #beat() {
    const seq = ++this.#seq;
    const sentAt = performance.now();
    this.#sentAt = sentAt;
    this.#waitingSince ??= sentAt;
    try {
      const answer = await this.#link.beat(seq) ?? (this.#isOver ? null : await this.#beatOverHTTP(seq));
      if (answer && !this.#isOver) this.#heard(answer, sentAt);
    } catch (error) {
      if (!this.#isOver) this.#failed(error, sentAt);
    }
  }

  // A repeated number has no second effect. Without a body the front door may repeat a beat whose connection closed.
  async #beatOverHTTP(seq) {
    const limit = this.#isUrgent ? RETRY_LIMIT : SLOW_LIMIT;
    return (await call('POST', `/sessions/${this.#session.id}/heartbeat?seq=${seq}`, { limit })).body;
  }

  #heard(answer, sentAt) {
    // A response that was overtaken tells nothing new.
    if (sentAt < this.#heardAt) return;
    this.#heardAt = sentAt;
    this.#validFor = answer.valid_for_ms ?? this.#session.max_gap_ms;
    this.#waitingSince = null;
    if (this.#isLate) {
      this.#isLate = false;
      this.#link.hurry();
      this.#emit('back');
    }
    this.#emit('answer', answer);
  }

  #failed(error, sentAt) {
    if (error instanceof APIError && (error.status === 410 || error.status === 404)) this.#emit('refused', error.problem);
    // Too early: the server is there.
    else if (error.status === 429) this.#waitingSince = null;
    // A later beat may have got through.
    else if (sentAt >= this.#heardAt) this.#beLate();
  }

  #beLate() {
    if (this.#isLate || this.#isOver) return;
    this.#isLate = true;
    this.#emit('late');
  }
}
