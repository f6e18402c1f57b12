// The live link: one WebSocket that carries the beats and the server's messages. The page works without it: every
// request that cannot use the link uses HTTP, and a new link is tried from time to time.
import { bearer, refreshOrSignOut } from '../both/api.js';

// A connection that is not ready after this time is given up: in a silent network it would stay unanswered for minutes.
const CONNECT_LIMIT_MS = 10_000;
const URGENT_LIMIT_MS = 3000;
const URGENT_PAUSE_MS = 1000;

const CLOSED = { leaving: 1012, token: 4401, notOurs: 4404, crowded: 4429 };

export class Link extends EventTarget {
  #url;
  #socket = null;
  #ready = false;
  #failures = 0;
  #tryAt = 0;
  #connectingSince = 0;
  #waiting = null;
  #over = false;

  constructor(session) {
    super();
    const base = new URL(`/sessions/${session}/link`, location.href);
    base.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#url = base.href;
    this.tend();
  }

  get ready() { return this.#ready; }

  /**
   * Connects again when it is time. Called by the clock of the beats, since a hidden tab's own timers are slow.
   * @param isUrgent no beat gets through, and the talk can still be saved
   */
  tend({ isUrgent = false } = {}) {
    const now = performance.now();
    const limit = isUrgent ? URGENT_LIMIT_MS : CONNECT_LIMIT_MS;
    if (this.#socket && !this.#ready && now - this.#connectingSince > limit) this.#gone(this.#socket, 0);
    const tryAt = isUrgent ? Math.min(this.#tryAt, this.#connectingSince + URGENT_PAUSE_MS) : this.#tryAt;
    if (!this.#over && !this.#socket && now >= tryAt) this.#connect();
  }

  /** Connects at once: the network is back. */
  hurry() {
    if (this.#ready) return;
    this.#gone(this.#socket, 0);
    this.#failures = 0;
    this.#tryAt = 0;
    this.tend();
  }

  /** The server's response to a beat, or null if the link cannot deliver one. */
  beat(seq) {
    if (!this.#ready || this.#waiting) return Promise.resolve(null);
    this.#socket.send(JSON.stringify({ type: 'heartbeat', seq }));
    return new Promise((answer) => { this.#waiting = { answer, since: performance.now() }; });
  }

  /** Closes a link on which a response takes longer than this many milliseconds. */
  check(patience) {
    if (this.#waiting && performance.now() - this.#waiting.since > patience) this.#gone(this.#socket, 0);
  }

  close() {
    this.#over = true;
    const socket = this.#socket;
    this.#gone(socket, 1000);
    socket?.close(1000);
  }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  #connect() {
    let socket;
    this.#connectingSince = performance.now();
    try { socket = new WebSocket(this.#url, 'talktime.v1'); } catch { this.#later(); return; }
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'authenticate', access_token: bearer() }));
    socket.onmessage = ({ data }) => { if (socket === this.#socket) this.#heard(JSON.parse(data)); };
    socket.onclose = ({ code }) => this.#gone(socket, code);
  }

  #heard(message) {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.#failures = 0;
        return this.#emit('stood', message);
      case 'heartbeat': return this.#answered(message);
      // The request is repeated over HTTP, which reports the reason.
      case 'unavailable': return message.request === 'authenticate' ? this.#socket.close() : this.#answered(null);
      case 'low': return this.#emit('low', message);
      case 'topped_up': return this.#emit('topped-up', message);
      case 'ended':
        this.#over = true;
        this.#answered(null);
        return this.#emit('ended', message);
    }
  }

  #answered(message) {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.answer(message);
  }

  #gone(socket, code) {
    if (!socket || socket !== this.#socket) return;
    this.#socket = null;
    this.#ready = false;
    socket.close();
    // The page connects to another instance at once. If the user has too many links already, it waits much longer.
    if (code === CLOSED.leaving && this.#failures === 0) this.#again();
    else if (code === CLOSED.token && this.#failures === 0) {
      this.#tryAt = Infinity;
      refreshOrSignOut().then(() => this.#again(), () => this.#later());
    } else if (code === CLOSED.notOurs) this.#over = true;
    else this.#later(code === CLOSED.crowded ? 60_000 : 0);
    this.#answered(null);
  }

  #again() {
    this.#failures += 1;
    this.#tryAt = 0;
    this.tend();
  }

  /** Waits twice as long each time, up to a minute, with a random part so that clients do not connect all at once. */
  #later(least = 0) {
    const pause = Math.max(least, Math.min(60_000, 1000 * 2 ** this.#failures));
    this.#failures += 1;
    this.#tryAt = performance.now() + pause * (0.5 + Math.random() / 2);
  }
}
