const SLOWEST_MS = 60_000;

/**
 * Repeats `body` while the page is in sight. After an error the pauses double, and none is shorter than the server
 * asks for.
 * @param every the pause in milliseconds
 * @param signal ends it
 * @param wait the pause before the first look
 */
export function poll(body, every, signal, wait = 0) {
  let [timer, isRunning, failures, due] = [null, false, 0, Date.now() + wait];
  const look = async () => {
    clearTimeout(timer);
    if (isRunning || signal.aborted) return;
    if (document.visibilityState === 'hidden') return;
    isRunning = true;
    let pause = every;
    try {
      await body();
      failures = 0;
    } catch (error) {
      failures += 1;
      pause = Math.max(Math.min(every * 2 ** failures, Math.max(SLOWEST_MS, every)), (error.retryAfter ?? 0) * 1000);
    }
    isRunning = false;
    due = Date.now() + pause;
    if (!signal.aborted) timer = setTimeout(look, pause);
  };
  const seen = () => {
    if (document.visibilityState === 'hidden') clearTimeout(timer);
    else if (Date.now() >= due) look();
    else timer = setTimeout(look, due - Date.now());
  };
  document.addEventListener('visibilitychange', seen, { signal });
  addEventListener('online', look, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  if (wait) seen(); else look();
}
