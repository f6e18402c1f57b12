// Who speaks: the agent and the user, each with a level that is drawn and with words.
import { byId, el } from '../both/dom.js';
import { svg } from '../both/svg.js';
import { words } from '../both/words.js';

/** A level above which somebody speaks, and how long a pause may be within what one says. */
const AUDIBLE = 0.012;
const PAUSE_MS = 700;
const FRAME_MS = 66;
/** How high each bar is at full level. The outer ones are lower. */
const SHAPE = [0.45, 0.75, 1, 0.75, 0.45];
const HEIGHT = 32;
const LEAST = 4;

const isCalm = matchMedia('(prefers-reduced-motion: reduce)');
let sides = null;
let frame = null;

class Side {
  #bars = SHAPE.map((_, index) => svg('rect', { x: 1 + index * 8, width: 5, rx: 2.5 }));
  #words = el('span', { className: 'doing' });
  #node;
  #shown = 0;
  #spokeAt = -Infinity;

  constructor(name, className) {
    this.#node = el('li', { className },
      svg('svg', { viewBox: `0 0 40 ${HEIGHT}`, 'aria-hidden': 'true' }, ...this.#bars),
      el('span', { className: 'name', textContent: name }), this.#words);
    this.#draw(0);
  }

  get node() { return this.#node; }

  /** @param silence why nothing can be heard, in words; empty if it can */
  show(level, now, silence = '') {
    if (level > AUDIBLE) this.#spokeAt = now;
    const speaks = !silence && now - this.#spokeAt < PAUSE_MS;
    const doing = silence || words(speaks ? 'levels.speaking' : 'levels.quiet');
    if (this.#words.textContent !== doing) this.#words.textContent = doing;
    this.#node.classList.toggle('speaks', speaks);
    this.#node.classList.toggle('silenced', Boolean(silence));
    // Voices lie between -40 and -6 dB.
    const heard = speaks ? Math.min(1, Math.max(0, (20 * Math.log10(level + 1e-6) + 46) / 40)) : 0;
    // It rises fast and falls slowly, as a voice is felt.
    this.#shown += (heard - this.#shown) * (heard > this.#shown ? 0.6 : 0.2);
    this.#draw(isCalm.matches ? (speaks ? 0.7 : 0) : this.#shown);
  }

  #draw(level) {
    this.#bars.forEach((bar, index) => {
      const height = LEAST + (HEIGHT - LEAST) * level * SHAPE[index];
      if (bar.getAttribute('height') === height.toFixed(1)) return;
      bar.setAttribute('height', height.toFixed(1));
      bar.setAttribute('y', ((HEIGHT - height) / 2).toFixed(1));
    });
  }
}

/** Shows who speaks in a talk until it is over. */
export function showLevels(talk) {
  hideLevels();
  const place = byId('voices');
  if (!talk.hears) return;
  sides = { agent: new Side(words('levels.agent'), 'agent'), user: new Side(words('levels.you'), 'user') };
  place.replaceChildren(sides.agent.node, sides.user.node);
  place.hidden = false;
  let paintedAt = -Infinity;
  const paint = (now) => {
    frame = requestAnimationFrame(paint);
    if (now - paintedAt < FRAME_MS) return;
    paintedAt = now;
    const { agent, user } = talk.levels;
    sides.agent.show(agent, now);
    sides.user.show(user, now, silence(talk));
  };
  frame = requestAnimationFrame(paint);
}

function silence(talk) {
  if (!talk.hasMicrophone) return words('levels.none');
  return talk.isMuted ? words('levels.muted') : '';
}

export function hideLevels() {
  cancelAnimationFrame(frame);
  frame = null;
  const place = byId('voices');
  if (place) place.hidden = true;
}
