// Whether what is pressed can be seen. A page may lay something over a frame, cut it off, or show it only under a
// finger that is on its way already, so that a person presses a button of ours and believes it to be another. Browsers
// that know of it (IntersectionObserver's second version) tell.

// Milliseconds; the browser demands a tenth of a second or more.
const DELAY = 100;
/** For so long without a break it must have been seen: nobody reads and presses faster than that. */
const LEAST = 800;
/** For so long a press waits for it. */
const PATIENCE = 1500;
const POLL = 40;

/** A hundred steps: a change of a single row of pixels is reported. */
const STEPS = Array.from({ length: 101 }, (_, index) => index / 100);

/** The whole of it, but for what rounding takes where a page puts the frame between two pixels: less than one. */
const isWhole = ({ intersectionRatio, boundingClientRect: whole, intersectionRect: seen }) => intersectionRatio === 1
  || (intersectionRatio > 0 && whole.width - seen.width < 1 && whole.height - seen.height < 1);

const knows = () => 'isVisible' in (globalThis.IntersectionObserverEntry?.prototype ?? {});

/** Watches an element. What has just been shown in it has not been seen yet. */
function watch(place) {
  let since = null;
  let reports = 0;
  const observer = new IntersectionObserver((entries) => {
    reports += 1;
    // Each of them counts: a break may be over when it is reported.
    for (const entry of entries) {
      if (!entry.isVisible || !isWhole(entry)) since = null; else since ??= performance.now();
    }
  }, { threshold: STEPS, trackVisibility: true, delay: DELAY });
  // Whoever is observed anew is reported at once.
  const look = () => {
    observer.unobserve(place);
    observer.observe(place);
  };
  new MutationObserver(() => {
    since = null;
    look();
  }).observe(place, { childList: true, subtree: true, attributes: true, attributeFilter: ['hidden', 'disabled'] });
  look();

  /** Waits until it has been seen for long enough; false if it is not. */
  return async () => {
    const begun = performance.now();
    const known = reports;
    look();
    for (;;) {
      await new Promise((resolve) => { setTimeout(resolve, POLL); });
      const now = performance.now();
      if (reports > known && since !== null && now - since >= LEAST) return true;
      // What came into sight within this time may still become long enough.
      if (now - begun > (since === null ? PATIENCE : PATIENCE + LEAST)) return false;
    }
  };
}

/**
 * Holds the presses in an element back until it has been seen for long enough. A browser that cannot tell holds none.
 * @param isHeld tells of a button whether its press is to be held back
 * @param covered is called when a press was dropped
 */
export function holdUntilSeen(place, isHeld, covered) {
  if (!knows()) return;
  const canBeSeen = watch(place);
  let waiting = null;
  let passing = null;
  place.addEventListener('click', async (event) => {
    const button = event.target.closest('button');
    if (!button || button === passing || !isHeld(button)) return;
    event.stopPropagation();
    event.preventDefault();
    if (waiting === button) return;
    waiting = button;
    const isSeen = await canBeSeen();
    // Another press, or another question, has come in its place.
    if (waiting !== button) return;
    waiting = null;
    if (!place.contains(button) || button.hidden) return;
    if (!isSeen) { covered(); return; }
    passing = button;
    button.click();
    passing = null;
  }, { capture: true });
}
