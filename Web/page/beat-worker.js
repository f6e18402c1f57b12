// The clock of the heartbeat runs in this worker, because a hidden tab slows its own timers to one a minute and a
// worker's timers are not slowed.
setInterval(() => self.postMessage('tick'), 100);
