/** Makes an element; its text is always text, never markup. */
export function el(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

export function show(template) {
  const main = byId('main');
  main.replaceChildren(byId(template).content.cloneNode(true));
  return main;
}

function toast(place, text) {
  const node = el('p', { className: 'toast', textContent: text });
  byId(place).append(node);
  setTimeout(() => node.remove(), 7000);
}

export const notice = (text) => toast('notices', text);
export const alarm = (text) => toast('alerts', text);

/** Loads a script of somebody else. */
export function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    Object.assign(script, { src: address, async: true, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}
