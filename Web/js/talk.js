// One talk: the agent's socket, the heartbeat and the countdown. The server's figure is the truth; between two beats the
// page only interpolates it.
import { Agent } from './agent.js';
import { APIError, call, newKey, post } from './api.js';

export class Talk extends EventTarget {
  #session;
  #agent;
  #worker = null;
  #seq = 0;
  #remaining = 0;
  #heardAt = 0;
  #over = false;
  #beating = false;

  static async start({ takeOver = false } = {}) {
    const key = newKey();
    for (let left = 10; ; left -= 1) {
      try {
        const session = await post('/sessions', takeOver ? { take_over: true } : {}, { 'Idempotency-Key': key });
        return new Talk(session);
      } catch (error) {
        // The window that was taken over closes its call as soon as it hears of it.
        if (error.code !== 'previous_call_open' || left === 0) throw error;
        await new Promise((resume) => setTimeout(resume, 1000 * (error.retryAfter || 1)));
      }
    }
  }

  constructor(session) {
    super();
    this.#session = session;
    this.#remaining = session.remaining_ms;
    this.#heardAt = performance.now();
    this.#agent = new Agent(session.signed_url);
    this.#agent.addEventListener('begun', () => this.#begun());
    this.#agent.addEventListener('line', ({ detail }) => this.#emit('line', detail));
    this.#agent.addEventListener('muted', () => this.#emit('muted'));
    this.#agent.addEventListener('closed', () => this.#agentGone());
  }

  get id() { return this.#session.id; }
  get live() { return this.#beating && !this.#over; }

  /** Milliseconds left, counted down from what the server said last. */
  get remaining() {
    const passed = this.live ? performance.now() - this.#heardAt : 0;
    return Math.max(0, this.#remaining - passed);
  }

  say(text) { this.#agent.say(text); }

  /** The agent's socket goes first, so that nothing is said that is not metered. */
  async hangUp() {
    if (this.#over) return;
    this.#stop();
    this.#agent.close();
    await this.#end();
  }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  #begun() {
    if (this.#over) return;
    this.#worker = new Worker(new URL('./beat-worker.js', import.meta.url));
    this.#worker.onmessage = () => this.#beat();
    this.#worker.postMessage({ interval: this.#session.heartbeat_interval_ms });
    this.#beating = true;
    this.#emit('begun');
    this.#beat();
  }

  // Without a body, so that the front door may repeat a beat whose connection closed: arriving twice it does nothing twice.
  async #beat() {
    if (this.#over) return;
    try {
      const { body } = await call('POST', `/sessions/${this.id}/heartbeat?seq=${++this.#seq}`);
      this.#heard(body);
    } catch (error) {
      if (this.#over) return;
      if (error instanceof APIError && (error.status === 410 || error.status === 404)) this.#endedByServer(error.problem);
      else this.#emit('troubled');
    }
  }

  #heard(answer) {
    this.#remaining = answer.remaining_ms;
    this.#heardAt = performance.now();
    if (answer.state === 'ended') return this.#endedByServer(answer);
    this.#emit('beat', answer);
  }

  #endedByServer(answer) {
    this.#stop();
    this.#agent.close();
    this.#emit('ended', { reason: answer.end_reason || 'ended', charged: answer.charged_ms });
  }

  async #agentGone() {
    if (this.#over) return;
    this.#stop();
    this.#emit('agent-gone');
    await this.#end();
  }

  #stop() {
    this.#over = true;
    this.#worker?.terminate();
    this.#worker = null;
  }

  async #end() {
    try {
      const answer = await post(`/sessions/${this.id}/end`);
      this.#emit('ended', { reason: answer.end_reason, charged: answer.charged_ms });
    } catch {
      // The server ends a silent talk by itself, charged to its last beat.
      this.#emit('ended', { reason: 'gap' });
    }
  }
}
