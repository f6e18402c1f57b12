// What a device is called, by the name that its browser gives itself.
import { words } from '../both/words.js';

const SCRIPT = 'device.script';
/** The order counts: many browsers name those that they resemble, too. */
const browsers = [
  [/\bEdgA?\//, 'Edge'], [/\bOPR\//, 'Opera'], [/SamsungBrowser\//, 'Samsung Internet'], [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'], [/Version\/.*Safari\//, 'Safari'], [/^curl\//, 'curl'], [/python/i, SCRIPT],
];
const systems = [
  [/iPhone|iPod/, 'iPhone'], [/iPad/, 'iPad'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/CrOS/, 'ChromeOS'],
  [/Mac OS X|Macintosh/, 'Mac'], [/Linux|X11/, 'Linux'],
];

function nameIn(names, text) {
  const name = names.find(([pattern]) => pattern.test(text))?.[1];
  return name === SCRIPT ? words(SCRIPT) : name;
}

/** Such as `Firefox on Linux`; what is not known keeps the name that it gave. */
export function deviceName(userAgent) {
  if (!userAgent) return words('device.app');
  const [browser, system] = [nameIn(browsers, userAgent), nameIn(systems, userAgent)];
  if (browser && system) return words('device.on', { browser, system });
  return browser ?? system ?? (userAgent.length > 60 ? `${userAgent.slice(0, 59)}…` : userAgent);
}
