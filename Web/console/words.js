// The words of the console for refusals that only operators meet, and the number that finds a request in the logs.

const words = {
  forbidden: 'Your rights as an operator have ended. Sign in again with your second factor.',
  role_required: 'Your role may not do this.',
  reauthentication_required: 'Nothing was changed, because you did not confirm that it is you.',
  daily_cap_reached: 'Nothing was changed: this would be above what your role may do in a day.',
  idempotency_key_reused: 'This was sent before with other figures. Close the dialog and begin again.',
  idempotency_in_flight: 'The same request is still under way. Look again in a moment.',
  not_found: 'There is no such thing, or not any more.',
};

/** An operator reads what exactly has failed in a service, too. */
export const operatorsWords = ({ status, code, problem }) => problem?.errors?.map(({ message }) => message).join(' ')
  || words[code] || (status >= 500 && problem?.detail);

export const requestOf = ({ problem }) => (problem?.instance ? `Request ${problem.instance}` : undefined);
