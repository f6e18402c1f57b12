// One talk: the agent's socket, the heartbeat and the countdown. The server's figure is authoritative; between two
// beats the page only interpolates it. Beats use the live link, or HTTP if no link is available.
import { Agent } from './agent.js';
import { APIError, call, newKey, post } from './api.js';
import { sound, stop } from './audio.js';
import { Link } from './link.js';

export class Talk extends EventTarget {
  #session;
  #agent;
  #link;
  #worker = null;
  #seq = 0;
  #remaining = 0;
  #heardAt = 0;
  #over = false;
  #beating = false;

  /** Whether the agent's voice is to be heard. */
  hears;

  /**
   * @param ways the microphone's `stream`, and whether the user `hears` the agent
   * @param signal gives up before the agent is called
   */
  static async start(ways, { signal, takeOver = false } = {}) {
    try {
      for (let left = 10; ; left -= 1) {
        try {
          // A refusal is stored for its key, so that each try needs its own key.
          const key = newKey();
          const session = await post('/sessions', takeOver ? { take_over: true } : {}, { 'Idempotency-Key': key });
          if (signal?.aborted) await post(`/sessions/${session.id}/end`).catch(() => {});
          signal?.throwIfAborted();
          return new Talk(session, ways);
        } catch (error) {
          // The window whose talk was taken over closes its call as soon as it is informed. Another call that was
          // offered and has not begun expires only after minutes.
          if (error.code !== 'previous_call_open' || left === 0 || error.retryAfter > 5) throw error;
          await new Promise((resume) => { setTimeout(resume, 1000 * (error.retryAfter || 1)); });
          signal?.throwIfAborted();
        }
      }
    } catch (error) {
      stop(ways.stream);
      throw error;
    }
  }

  constructor(session, ways) {
    super();
    this.hears = ways.hears;
    this.#session = session;
    this.#remaining = session.remaining_ms;
    this.#heardAt = performance.now();
    this.#agent = new Agent(session.signed_url, ways);
    this.#agent.addEventListener('begun', () => this.#begun());
    this.#agent.addEventListener('line', ({ detail }) => this.#emit('line', detail));
    this.#agent.addEventListener('unplugged', () => { if (!this.#over) this.#emit('unplugged'); });
    this.#agent.addEventListener('unplayable', () => this.#unplayable());
    this.#agent.addEventListener('closed', () => this.#agentGone());
    this.#link = new Link(session.id);
    this.#link.addEventListener('low', ({ detail }) => this.#told(detail));
    this.#link.addEventListener('topped-up', ({ detail }) => this.#told(detail));
    this.#link.addEventListener('ended', ({ detail }) => { if (!this.#over) this.#endedByServer(detail); });
  }

  get id() { return this.#session.id; }
  get hasBegun() { return this.#beating; }
  get live() { return this.#beating && !this.#over; }

  /** The milliseconds that are left, counted down from the server's last figure. */
  get remaining() {
    const passed = this.live ? performance.now() - this.#heardAt : 0;
    return Math.max(0, this.#remaining - passed);
  }

  say(text) { this.#agent.say(text); }

  /** Closes the agent's socket first, so that no talk time goes unmetered. */
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
    this.#worker.onmessage = ({ data }) => (data === 'check' ? this.#link.check() : this.#beat());
    this.#worker.postMessage({ interval: this.#session.heartbeat_interval_ms });
    this.#beating = true;
    this.#emit('begun');
    this.#beat();
  }

  async #beat() {
    if (this.#over) return;
    this.#link.tend();
    const seq = ++this.#seq;
    try {
      const answer = await this.#link.beat(seq) ?? (this.#over ? null : await this.#beatOverHTTP(seq));
      if (answer && !this.#over) this.#heard(answer);
    } catch (error) {
      if (this.#over) return;
      if (error instanceof APIError && (error.status === 410 || error.status === 404)) this.#endedByServer(error.problem);
      else this.#emit('troubled');
    }
  }

  // A repeated number has no second effect. Without a body the front door may repeat a beat whose connection closed.
  async #beatOverHTTP(seq) { return (await call('POST', `/sessions/${this.id}/heartbeat?seq=${seq}`)).body; }

  /** Handles the server's messages between two beats. */
  #told(message) {
    if (this.#over) return;
    this.#remaining = message.remaining_ms;
    this.#heardAt = performance.now();
    if (this.live) this.#emit('beat', message);
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

  async #unplayable() {
    if (this.#over) return;
    this.#stop();
    this.#agent.close();
    await post(`/sessions/${this.id}/end`, { cause: 'agent_left' }).catch(() => {});
    this.#emit('unplayable');
  }

  async #agentGone() {
    if (this.#over) return;
    this.#stop();
    this.#emit('agent-gone');
    await this.#end({ cause: 'agent_left' });
  }

  #stop() {
    this.#over = true;
    this.#link.close();
    this.#worker?.terminate();
    this.#worker = null;
    sound.rest();
  }

  async #end(why) {
    try {
      const answer = await post(`/sessions/${this.id}/end`, why);
      this.#emit('ended', { reason: answer.end_reason, charged: answer.charged_ms });
    } catch {
      // The server ends a silent talk by itself and charges it to its last beat.
      this.#emit('ended', { reason: 'gap' });
    }
  }
}
