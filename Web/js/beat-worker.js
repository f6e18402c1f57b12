// A hidden tab's timers slow to one a minute, a worker's do not: so the heartbeat's timer lives here.
let timer = null;
self.onmessage = ({ data }) => {
  clearInterval(timer);
  timer = null;
  if (data.interval) timer = setInterval(() => self.postMessage('beat'), data.interval);
};
