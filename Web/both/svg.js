const SPACE = 'http://www.w3.org/2000/svg';

/** Makes an element of a drawing. Its looks come from classes: the policy forbids style attributes. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * A place for a drawing, which is drawn anew for each width: so its letters keep their size on a phone.
 * @param words what a screen reader says of the drawing
 * @param height in pixels
 * @param draw gives the drawing's elements for a width
 */
export const drawing = (words, height, draw) => changingDrawing('', () => ({ words, height, draw })).node;

/**
 * A drawing whose figures change.
 * @param name its class
 * @param look gives what `drawing` takes, as it is now
 * @returns the node, and what draws it anew
 */
export function changingDrawing(name, look) {
  const node = svg('svg', { class: name, role: 'img', width: '100%' });
  let width = 0;
  const redraw = () => {
    const { words, height, draw } = look();
    node.setAttribute('aria-label', words);
    node.setAttribute('height', height);
    if (!width) return;
    node.setAttribute('viewBox', `0 0 ${width} ${height}`);
    node.replaceChildren(...draw(width));
  };
  redraw();
  new ResizeObserver(() => {
    const found = Math.floor(node.getBoundingClientRect().width);
    if (!found || found === width) return;
    width = found;
    redraw();
  }).observe(node);
  return { node, redraw };
}

/**
 * The marks of an axis from nought to `most`.
 * @param steps what two marks may be apart, the smallest first
 * @param count how many marks are wanted at most, besides nought
 */
export function marks(most, steps, count) {
  const step = steps.find((length) => most / length <= count) ?? most / count;
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, index) => index * step);
}
