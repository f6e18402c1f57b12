// Razorpay's reasons why an attempt to pay failed, in plain words: what happened, and what may help. The reasons are the
// values of `error.reason` in its documentation.
const account = 'There is not enough money in this account. Try another account, card or app.';
const details = 'Check what you typed, and try again.';
const other = 'Try another card, account or app.';
const later = 'Try again in some minutes, or pay in another way.';

const reasons = {
  insufficient_funds: account,
  card_declined: `Your bank declined the card. ${other}`,
  payment_declined: `Your bank declined the payment. ${other}`,
  debit_declined: `Your bank declined the payment. ${other}`,
  card_expired: `The card has expired. ${other}`,
  card_number_invalid: `The card number is not right. ${details}`,
  card_type_invalid: `Cards of this kind cannot be used here. ${other}`,
  card_not_enrolled: `This card is not set up for payments on the internet. ${other}`,
  card_network_not_enabled: `Cards of this brand cannot be used here. ${other}`,
  incorrect_cvv: `The three digits on the back of the card are not right. ${details}`,
  incorrect_card_details: `The card's details are not right. ${details}`,
  incorrect_card_expiry_date: `The card's date is not right. ${details}`,
  incorrect_cardholder_name: `The name on the card is not right. ${details}`,
  incorrect_otp: 'The code of your bank was not right. Try again with the newest one.',
  invalid_otp: 'The code of your bank was not right. Try again with the newest one.',
  otp_expired: 'The code of your bank was too old. Try again with the newest one.',
  otp_attempts_exceeded: 'The code of your bank was wrong too often. Wait a while, or pay in another way.',
  incorrect_pin: 'The PIN was not right. Try again.',
  pin_attempts_exceeded: 'The PIN was wrong too often. Wait a while, or pay in another way.',
  authentication_failed: 'Your bank could not confirm that it was you. Try again, or pay in another way.',
  payment_cancelled: 'You cancelled the payment, or your bank did. Try again when you like.',
  payment_timed_out: 'The payment took too long. Try again.',
  payment_session_expired: 'The payment took too long. Try again.',
  payment_collect_request_expired: 'The request in your UPI app has run out. Try again, and confirm it in time.',
  payment_collect_request_declined: 'The request was declined in your UPI app. Try again when you like.',
  invalid_vpa: `There is no such UPI address. ${details}`,
  vpa_resolution_failed: `This UPI address could not be found. ${details}`,
  transaction_daily_limit_exceeded: 'This account has reached its limit for today. Try another one, or again tomorrow.',
  transaction_limit_exceeded: `The amount is above the limit of this account. ${other}`,
  transaction_daily_count_exceeded: 'This account has made as many payments as it may today. Try another one.',
  debit_instrument_blocked: `This card or account is blocked. Ask your bank. ${other}`,
  debit_instrument_inactive: `This card or account is not active. Ask your bank. ${other}`,
  bank_account_invalid: `This account does not exist, or is closed. ${other}`,
  payment_risk_check_failed: `A check against fraud stopped the payment. ${other}`,
  international_transaction_not_allowed: 'Cards from other countries cannot be used here. Try an Indian card, or UPI.',
  bank_technical_error: `Your bank had a fault. ${later}`,
  issuer_technical_error: `Your bank had a fault. ${later}`,
  gateway_technical_error: `The payment network had a fault. ${later}`,
  server_error: `Razorpay had a fault. ${later}`,
  bank_not_available: `Your bank cannot be reached just now. ${later}`,
  upi_app_technical_error: `Your UPI app had a fault. ${later}`,
};

/** What the attempt failed for, in a sentence or two. Banks often tell no reason. */
export const failureWords = (reason) =>
  (Object.hasOwn(reasons, reason ?? '') ? reasons[reason] : `The payment failed, and your bank did not say why. ${other}`);
