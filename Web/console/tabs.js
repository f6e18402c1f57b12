// Parts of a view of which one is open.
import { el } from '../both/dom.js';

/**
 * Tabs, moved through by the arrow keys. A part is shown when it is first opened, and stays.
 * @param {string} label what the tabs are
 * @param {{ name: string, title: string, show: (panel: HTMLElement) => void }[]} parts
 * @param {string} [first] the name of the one that is open at first
 * @param {(name: string) => void} [onOpen] hears which one was chosen
 */
export function tabs(label, parts, first, onOpen = () => {}) {
  const list = el('div', { className: 'tabs' });
  list.setAttribute('role', 'tablist');
  list.setAttribute('aria-label', label);
  const made = parts.map(({ name, title, show }) => {
    const tab = el('button', { type: 'button', id: `tab-${name}`, textContent: title });
    const panel = el('div', { id: `panel-${name}`, hidden: true });
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', panel.id);
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    return { name, show, tab, panel, isShown: false };
  });
  const open = (chosen) => {
    for (const { tab, panel } of made) {
      const isOpen = chosen.panel === panel;
      tab.setAttribute('aria-selected', String(isOpen));
      tab.tabIndex = isOpen ? 0 : -1;
      panel.hidden = !isOpen;
    }
    if (!chosen.isShown) chosen.show(chosen.panel);
    chosen.isShown = true;
  };
  const choose = (chosen) => {
    open(chosen);
    onOpen(chosen.name);
  };
  made.forEach((each, index) => {
    each.tab.onclick = () => choose(each);
    each.tab.onkeydown = (event) => {
      const isBackward = getComputedStyle(list).direction === 'rtl';
      const step = isBackward ? -1 : 1;
      const to = { ArrowRight: index + step, ArrowLeft: index - step, Home: 0, End: made.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = made[(to + made.length) % made.length];
      choose(next);
      next.tab.focus();
    };
    list.append(each.tab);
  });
  open(made.find(({ name }) => name === first) ?? made[0]);
  return el('div', {}, list, ...made.map(({ panel }) => panel));
}
