// Measures live talks by their list: how many there are, and what they did since the last look. It goes on where it was
// when the overview is opened again.
import { liveTalks } from './live.js';

// Half an hour, at a look each ten seconds.
const KEPT = 180;

/** Pairs of a time and a value, the oldest first. */
export const series = { live: [], beats: [], burned: [] };

let before = null;

export function restart() {
  before = null;
  for (const points of Object.values(series)) points.length = 0;
}

const note = (name, at, value) => {
  series[name].push([at, value]);
  if (series[name].length > KEPT) series[name].shift();
};

export const measure = {
  /** Whether there are more talks than were read. */
  isCut: false,

  async look() {
    const { talks, isCut } = await liveTalks();
    measure.isCut = isCut;
    const at = Date.now();
    const seconds = before ? (at - before.at) / 1000 : 0;
    // After a longer pause, as of a hidden tab, the talks between are not known.
    if (seconds > 60) {
      for (const name of Object.keys(series)) note(name, at - 1, null);
    }
    note('live', at, talks.length);
    const isKnown = before && seconds <= 60 && seconds > 0;
    const grown = (member) => talks.reduce((sum, talk) => sum
      + Math.max(0, talk[member] - (before.talks.get(talk.id)?.[member] ?? 0)), 0);
    note('beats', at, isKnown ? grown('beats') / seconds : null);
    note('burned', at, isKnown ? grown('charged_ms') / 60_000 / (seconds / 60) : null);
    before = { at, talks: new Map(talks.map((talk) => [talk.id, talk])) };
  },
};
