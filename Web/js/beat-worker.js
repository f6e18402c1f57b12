// A hidden tab's timers slow to one a minute, a worker's do not: so the heartbeat's timer lives here. A while after each
// beat it asks whether the answer has come, so that there is time left to beat in another way.
const patience = 2000;
let timer = null;
const check = () => setTimeout(() => self.postMessage('check'), patience);
self.onmessage = ({ data }) => {
  clearInterval(timer);
  timer = null;
  if (!data.interval) return;
  check();
  timer = setInterval(() => {
    self.postMessage('beat');
    check();
  }, data.interval);
};
