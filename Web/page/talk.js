// One talk: the agent's socket, the beats and the countdown. The server's figure is authoritative; between two beats
// the page only interpolates it.
import { Agent } from './agent.js';
import { call, newKey, post } from '../both/api.js';
import { sound, stop } from './audio.js';
import { Beats } from './beats.js';
import { continued } from './continuation.js';
import { chargeOf } from './talk-charge.js';
import { Link } from './link.js';

const START_LIMIT_MS = 20_000;
const END_LIMIT_MS = 5000;

/** While our servers are away a talk goes on as long as the agent is heard, but not longer than this. */
const SERVER_PATIENCE_MS = 60_000;
const AGENT_PATIENCE_MS = 10_000;
/** A talk that was cut can be continued for a minute. The server may have noted its end a little later than this page. */
const CUT_PATIENCE_MS = 65_000;

/**
 * Emits `begun`, `line`, `beat`, `topped-up`, `late`, `unanswered` (it is our side that is away), `back`, `cut` (the talk
 * is over, and may go on), `silent` and `audible` (nothing comes from the agent any more, and it does again), `continued` (another talk goes on in its conversation, with another `id`), `unplugged`, `paused` and `resumed` (the system silences the microphone), `unplayable` (nothing was charged), `ending`, and `ended`
 * with the `reason`, and with the `charged` time if it is known. Reasons are the server's, and the page's own: `left`,
 * `asleep`, `agent_lost`.
 */
export class Talk extends EventTarget {
  #session;
  #agent;
  #link;
  #beats = null;
  #remaining = 0;
  #charged = 0;
  #full = 0;
  #heardAt = 0;
  #over = false;
  #isServerAway = false;
  #isAgentSilent = false;
  /**
   * While the talk is cut.
   * @type {{ search: AbortController, charged?: number } | null}
   */
  #cut = null;
  /** When the server will not continue the talk any more, counted from its first cut since it was metered last. */
  #continuableUntil = Infinity;
  /** The last talk of the conversation with a beat that was answered. */
  #metered = null;
  /** The last talk before this one that cost something. */
  #paid = null;
  /** What the talks before this one in the conversation have cost. */
  #carried = 0;

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
          const body = takeOver ? { take_over: true } : {};
          const headers = { 'Idempotency-Key': key };
          const session = (await call('POST', '/sessions', { body, headers, limit: START_LIMIT_MS })).body;
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
    this.#session = session;
    this.hears = ways.hears;
    this.#remaining = session.remaining_ms;
    this.#full = session.remaining_ms;
    this.#heardAt = performance.now();
    this.#agent = new Agent(session.signed_url, ways);
    this.#agent.addEventListener('begun', () => this.#begun());
    this.#agent.addEventListener('line', ({ detail }) => this.#emit('line', detail));
    for (const type of ['unplugged', 'paused', 'resumed']) {
      this.#agent.addEventListener(type, () => { if (!this.#over) this.#emit(type); });
    }
    this.#agent.addEventListener('unplayable', () => this.#unplayable());
    this.#agent.addEventListener('closed', ({ detail }) => this.#agentGone(detail));
    this.#connect();
  }

  #connect() {
    const link = new Link(this.#session.id);
    const on = (type, body) => link.addEventListener(type, ({ detail }) => { if (link === this.#link) body(detail); });
    on('low', (told) => this.#told(told));
    on('topped-up', (told) => this.#told(told));
    on('ended', (told) => this.#endedByServer(told));
    this.#link = link;
  }

  get id() { return this.#session.id; }
  get hasBegun() { return this.#beats !== null; }
  get live() { return this.#beats !== null && !this.#over; }
  get isLate() { return Boolean(this.#cut || this.#beats?.isLate); }

  /** What the talks before this one in the same conversation have cost, in milliseconds. */
  get carried() { return this.#carried; }

  /** The talk with which the care plan of the conversation comes: the last one that cost something. */
  get planned() { return this.#charged > 0 ? this.id : this.#paid ?? this.id; }

  /** The milliseconds that are left, counted down from the server's last figure. They stand while no beat is answered. */
  get remaining() { return Math.max(0, this.#remaining - this.#sinceHeard); }

  /** The milliseconds that the talk has cost so far, in the same way. */
  get spent() { return this.#carried + this.#charged + Math.min(this.#remaining, this.#sinceHeard); }

  /** What there was to talk with at the start, or since time was added. */
  get full() { return this.#full; }

  /** How loud the `agent` and the `user` are just now, between 0 and 1. */
  get levels() { return this.#agent.levels; }

  /** Whether nothing has come from the agent for long, while the talk is charged. */
  get isAgentSilent() { return this.#isAgentSilent; }

  get hasMicrophone() { return this.#agent.hasMicrophone; }
  get isMuted() { return this.#agent.isMuted; }
  set isMuted(isMuted) { this.#agent.isMuted = isMuted; }

  /** @throws if it cannot be recorded; the one before stays then */
  async useMicrophone(stream) {
    if (this.#over) stop(stream);
    else await this.#agent.useMicrophone(stream);
  }

  /** @returns whether it was sent */
  say(text) { return this.#agent.say(text); }

  /** Closes the agent's socket first, so that no talk time goes unmetered. */
  async hangUp() {
    if (!this.#stop()) return;
    const answer = await this.#end();
    this.#ended(answer?.end_reason ?? 'user', answer?.charged_ms);
  }

  /** The page goes away, or nobody is signed in any more: the call is closed, and there is nobody to tell the result. */
  leave() {
    if (!this.#stop()) return;
    call('POST', `/sessions/${this.id}/end`, { body: { cause: 'agent_left' }, keepalive: true }).catch(() => {});
    this.#emit('ended', { reason: 'left' });
  }

  get #sinceHeard() { return this.live && !this.isLate ? performance.now() - this.#heardAt : 0; }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  #begun() {
    if (this.#over) return;
    this.#beat();
    this.#emit('begun');
  }

  #beat() {
    // Calling the agent costs nothing: the time counts from here.
    this.#heardAt = performance.now();
    const beats = new Beats(this.#session, this.#link);
    const on = (type, body) => beats.addEventListener(type, ({ detail }) => { if (beats === this.#beats) body(detail); });
    on('answer', (answer) => this.#heard(answer));
    on('late', () => this.#emit('late', { seconds: Math.max(1, Math.round(beats.validFor / 1000)) }));
    on('back', () => {
      this.#isServerAway = false;
      this.#emit('back');
    });
    on('overdue', () => this.#overdue());
    on('refused', (problem) => this.#endedByServer(problem));
    this.#beats = beats;
  }

  /**
   * The talk is over, and its conversation may go on. The clock stands, and the agent hears nothing, until another talk
   * meters it.
   */
  async #cutOff(charged) {
    const now = performance.now();
    this.#charged = charged ?? this.#charged;
    const search = new AbortController();
    this.#cut = { search, charged };
    this.#continuableUntil = Math.min(this.#continuableUntil, now + CUT_PATIENCE_MS + Math.min(0, this.#beats.validFor));
    this.#beats.end();
    this.#link.close();
    this.#agent.isHeld = true;
    this.#emit('cut', { charged });
    const session = await continued(this.#metered, {
      patience: this.#continuableUntil - now, signal: search.signal, unused: this.#metered === this.id ? null : this.id,
    });
    if (this.#over) return;
    if (!session) return this.#endCut();
    // A socket can be dead and look open. Nothing is charged before the first beat.
    if (await this.#agent.heardSince(now, AGENT_PATIENCE_MS) && !this.#over) return this.#goOn(session);
    await call('POST', `/sessions/${session.id}/end`, { body: { cause: 'agent_left' }, limit: END_LIMIT_MS }).catch(() => {});
    this.#endCut();
  }

  #goOn(session) {
    this.#cut = null;
    this.#isServerAway = false;
    if (this.#charged > 0) this.#paid = this.id;
    this.#carry(this.#session.id, this.#charged);
    [this.#session, this.#charged, this.#remaining] = [session, 0, session.remaining_ms];
    this.#agent.isHeld = false;
    this.#connect();
    this.#beat();
    this.#emit('continued');
  }

  /** The last answer that arrived may be older than the charge. */
  #carry(id, known) {
    this.#carried += known;
    chargeOf(id, () => !this.#over).then((cost) => { if (cost !== undefined) this.#carried += cost - known; });
  }

  #endCut() {
    const charged = this.#cut?.charged;
    if (this.#stop()) this.#ended('gap', charged);
  }

  /** @param charged what the last talk of the conversation has cost; undefined while nobody has told */
  #ended(reason, charged) {
    this.#emit('ended', { reason, charged: charged === undefined ? undefined : this.#carried + charged });
  }

  /** Handles the server's messages between two beats. */
  #told(message) {
    if (this.#over || this.#cut) return;
    // Between two figures of the server only added time makes it more.
    const isMore = message.remaining_ms > this.#remaining;
    this.#remaining = message.remaining_ms;
    if (isMore) {
      this.#full = message.remaining_ms;
      this.#emit('topped-up');
    }
    this.#charged = message.charged_ms ?? this.#charged;
    this.#heardAt = performance.now();
    if (this.live) this.#emit('beat', message);
  }

  #heard(answer) {
    if (answer.state === 'ended') {
      this.#endedByServer(answer);
      return;
    }
    [this.#metered, this.#continuableUntil] = [this.id, Infinity];
    this.#told(answer);
    this.#heedAgent();
  }

  /** A network may lose the agent's connection alone, without an error. */
  #heedAgent() {
    const { isSilent } = this.#agent;
    if (this.#over || this.#cut || isSilent === this.#isAgentSilent) return;
    this.#isAgentSilent = isSilent;
    this.#emit(isSilent ? 'silent' : 'audible');
  }

  #endedByServer({ end_reason: reason = 'ended', charged_ms: charged }) {
    if (this.#over || this.#cut) return;
    const told = reason === 'gap' && this.#beats?.wasAsleep ? 'asleep' : reason;
    // A continuation whose first beat came too late is as if it had not been.
    const isCut = told === 'gap' || told === 'never_connected' && this.#metered !== this.id;
    if (isCut && this.#metered && this.#agent.isOpen) this.#cutOff(charged);
    else if (this.#stop()) this.#ended(told, charged);
  }

  /** Nothing was heard for so long that the server has ended the talk, unless it is the server that is away. */
  #overdue() {
    const now = performance.now();
    const isServerAway = now - this.#agent.heardAt < AGENT_PATIENCE_MS && -this.#beats.validFor < SERVER_PATIENCE_MS;
    if (isServerAway) {
      if (!this.#isServerAway) this.#emit('unanswered');
      this.#isServerAway = true;
      return;
    }
    if (!this.#beats.wasAsleep && this.#metered && this.#agent.isOpen) this.#cutOff();
    else if (this.#stop()) this.#ended(this.#beats.wasAsleep ? 'asleep' : 'gap');
  }

  async #unplayable() {
    if (!this.#stop()) return;
    await this.#end({ cause: 'agent_left' });
    this.#emit('unplayable');
  }

  async #agentGone(isGoodbye) {
    // While the talk is cut it has ended already.
    if (this.#cut) return this.#endCut();
    const wasAsleep = this.#beats?.wasAsleep;
    if (!this.#stop()) return;
    const answer = await this.#end({ cause: 'agent_left' });
    const own = wasAsleep ? 'asleep' : isGoodbye ? 'agent_ended' : 'agent_lost';
    const isOurs = !answer || answer.end_reason === 'agent_ended' || answer.end_reason === 'gap';
    this.#ended(isOurs ? own : answer.end_reason, answer?.charged_ms);
  }

  /** False if the talk was over already. */
  #stop() {
    if (this.#over) return false;
    this.#over = true;
    this.#cut?.search.abort();
    this.#emit('ending');
    this.#beats?.end();
    this.#link.close();
    this.#agent.close();
    sound.rest();
    return true;
  }

  /** The server's answer; null if there is none in time: the server ends a silent talk, charged to its last beat. */
  async #end(why) {
    try {
      return (await call('POST', `/sessions/${this.id}/end`, { body: why, limit: END_LIMIT_MS })).body;
    } catch { return null; }
  }
}
