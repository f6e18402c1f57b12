export function clock(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number) => String(number).padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Formats an amount in the smallest unit of the currency, with the currency's decimals; whole rupees have none. */
export function money(amount, currency) {
  const style = { style: 'currency', currency };
  const decimals = new Intl.NumberFormat('en-IN', style).resolvedOptions().maximumFractionDigits;
  const unit = 10 ** decimals;
  return new Intl.NumberFormat('en-IN', { ...style, minimumFractionDigits: amount % unit ? decimals : 0 }).format(amount / unit);
}

export const when = (time) =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));

const reasons = {
  user: 'You hung up', gap: 'Connection lost', exhausted: 'Minutes used up', max_duration: 'Longest talk reached',
  never_connected: 'Never connected', operator: 'Ended by support', taken_over: 'Continued elsewhere', frozen: 'Wallet on hold',
  account_closed: 'Account closed', billing_unavailable: 'Balance could not be checked', lost: 'Interrupted',
  agent_ended: 'The agent hung up',
  // What the page itself has seen. The history has the server's reason.
  left: 'You left the page', asleep: 'This tab slept, so the talk ended', agent_lost: 'The connection to the agent broke',
};
export const endReason = (code) => reasons[code] || 'Ended';
