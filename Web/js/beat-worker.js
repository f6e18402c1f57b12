// The timer of the heartbeat runs in this worker, because a hidden tab slows its own timers to one a minute and a
// worker's timers are not slowed. A while after each beat the worker asks whether the response has arrived, so that
// time is left to send the beat another way.
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
