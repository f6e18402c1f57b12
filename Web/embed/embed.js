// What another site loads: the element <talktime-talk>. Its shadow tree holds a frame of ours, in which everything
// happens. We tell this page nothing but that the frame is there. See docs/embedding.md.
const HOME = new URL(import.meta.url).origin;

// What the frame cannot do without: its scripts, our own origin, and windows of ours that are not held in its sandbox.
const SANDBOX = 'allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox';

/** The properties of CSS that reach the frame, with the property of CSS by which the browser computes each. */
const THEME = {
  accent: ['--talktime-accent', 'color'],
  background: ['--talktime-background', 'color'],
  text: ['--talktime-text', 'color'],
  radius: ['--talktime-radius', 'width'],
  size: ['--talktime-font-size', 'width'],
};

const LOOKS = `
  :host { display: block; position: relative; inline-size: 100%; max-inline-size: 26rem; block-size: 30rem; }
  :host([hidden]), [data-part=probe] { display: none; }
  iframe { position: absolute; inset: 0; box-sizing: border-box; inline-size: 100%; block-size: 100%;
    border: 1px solid rgb(128 128 128 / .3); border-radius: var(--talktime-radius, 16px); visibility: hidden; }
  iframe[data-ready] { visibility: visible; }
  slot[hidden] { display: none; }
`;

class TalktimeTalk extends HTMLElement {
  #frame = null;
  #probe = null;
  #slot = null;
  #isReady = false;
  #watch = new MutationObserver(() => this.#sendTheme());
  #scheme = matchMedia('(prefers-color-scheme: dark)');

  connectedCallback() {
    const root = this.shadowRoot ?? this.#build();
    this.#isReady = false;
    this.#slot.hidden = false;
    delete this.#frame.dataset.ready;
    root.append(this.#frame);
    addEventListener('message', this.#receive);
    this.#scheme.addEventListener('change', this.#sendTheme);
    // Where a page keeps its theme: on itself, its body, or the element.
    for (const node of [document.documentElement, document.body, this]) {
      if (node) this.#watch.observe(node, { attributes: true, attributeFilter: ['class', 'style', 'data-theme'] });
    }
  }

  disconnectedCallback() {
    this.#frame.remove();
    removeEventListener('message', this.#receive);
    this.#scheme.removeEventListener('change', this.#sendTheme);
    this.#watch.disconnect();
  }

  /** Whether the frame has answered. A page whose origin is not allowed never gets so far. */
  get ready() { return this.#isReady; }

  #build() {
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(LOOKS);
    root.adoptedStyleSheets = [sheet];
    this.#slot = document.createElement('slot');
    this.#probe = document.createElement('span');
    this.#probe.dataset.part = 'probe';
    this.#frame = document.createElement('iframe');
    this.#frame.title = 'Talktime';
    this.#frame.setAttribute('sandbox', SANDBOX);
    // For our origin alone, which is that of the address: the frame loses it if it is led elsewhere.
    this.#frame.allow = 'microphone';
    this.#frame.referrerPolicy = 'no-referrer';
    const language = this.getAttribute('language');
    this.#frame.src = `${HOME}/embed${language ? `?language=${encodeURIComponent(language)}` : ''}`;
    // The frame waits for the first word, which tells it whose page this is.
    this.#frame.addEventListener('load', this.#sendTheme);
    root.append(this.#slot, this.#probe);
    return root;
  }

  #receive = ({ origin, source, data }) => {
    if (origin !== HOME || source !== this.#frame.contentWindow || data?.talktime !== 'ready' || this.#isReady) return;
    this.#isReady = true;
    this.#frame.dataset.ready = '';
    // What the page shows in place of the talk.
    this.#slot.hidden = true;
    this.dispatchEvent(new Event('talktime-ready'));
  };

  #sendTheme = () => this.#frame.contentWindow?.postMessage({ talktime: 'theme', theme: this.#theme() }, HOME);

  /** The browser computes each value: a name, a variable or a share becomes `rgb(…)` or pixels. */
  #theme() {
    const given = getComputedStyle(this);
    const theme = {};
    for (const [name, [property, computed]] of Object.entries(THEME)) {
      if (!given.getPropertyValue(property).trim()) continue;
      this.#probe.style.setProperty(computed, `var(${property})`);
      theme[name] = getComputedStyle(this.#probe).getPropertyValue(computed);
      this.#probe.style.removeProperty(computed);
    }
    return theme;
  }
}

if (!customElements.get('talktime-talk')) customElements.define('talktime-talk', TalktimeTalk);
