// Whether what is pressed can be seen. A page may lay something else over a frame, so that a person presses a button of
// ours and believes it to be another. Browsers that know of it (IntersectionObserver's second version) tell.

// Milliseconds; the browser demands a tenth of a second or more.
const DELAY = 100;

/**
 * Watches an element.
 * @returns whether the element can be seen; true in a browser that cannot tell.
 */
export function watchSight(element) {
  if (!('isVisible' in (globalThis.IntersectionObserverEntry?.prototype ?? {}))) return () => true;
  let isSeen = false;
  const observer = new IntersectionObserver((entries) => { isSeen = entries.at(-1).isVisible; },
    { threshold: [0, 0.5, 1], trackVisibility: true, delay: DELAY });
  observer.observe(element);
  return () => isSeen;
}
