# The whole journey through Caddy, step by step with its figures. Sourced by ./dev demo.
# shellcheck shell=bash disable=SC2154

public=$(setting PUBLIC_URL)
sandbox=$(setting SANDBOX_URL)
token=""

field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\)\"\{0,1\}[,}].*/\1/p" | head -n 1; }
row() { printf '  %-28s %s\n' "$1" "$2"; }
fail() { say "demo: $*"; exit 1; }

# Calls METHOD PATH [BODY], and puts the response into $answer and its status into $code.
call() {
  method=$1 path=$2
  shift 2
  answer=$(curl -sS -X "$method" "$public$path" -w '\n%{http_code}' ${token:+-H "Authorization: Bearer $token"} \
    ${1:+-H "Content-Type: application/json" -d "$1"})
  code=$(printf '%s' "$answer" | tail -n 1)
  answer=$(printf '%s' "$answer" | sed '$d')
}

expect() { [ "$code" = "$1" ] || fail "$2 was answered $code: $answer"; }

control() {
  method=$1 path=$2
  curl -fsS -X "$method" "$sandbox/control$path" -H "Content-Type: application/json" -d "${3:-{\}}"
}

# Repeats the command until it prints something.
until_known() {
  end=$(($(date +%s) + $1))
  shift
  while :; do
    found=$("$@")
    [ -z "$found" ] || return 0
    [ "$(date +%s)" -lt $end ] || return 1
    sleep 0.3
  done
}

mail() { curl -fsS "$sandbox/control/mailjet/inbox?to=$email" | sed -n "s/.*\"subject\":\"\([^\"]*$1[^\"]*\)\".*/\1/p"; }
link() { curl -fsS "$sandbox/control/mailjet/inbox?to=$email" | sed -n 's/.*#verify=\([A-Za-z0-9._-]*\).*/\1/p' | head -n 1; }
plan() { call GET "/sessions/$session/care-plan"; [ "$code" = 200 ] && printf '%s' "$answer" | field status || true; }

email="demo-$(random_hex 4)@example.com"
echo "The journey, through $public"

call POST /auth/register "{\"email\":\"$email\",\"password\":\"a long enough password\",\"name\":\"Demo\"}"
expect 201 "the sign-up"
token=$(printf '%s' "$answer" | field access_token)
row "signed up" "$email"

until_known 30 link || fail "no verification mail came"
call POST /auth/email/verify "{\"token\":\"$found\"}"
expect 204 "the verification"
row "address confirmed" "by the mailed link"

call POST /billing/orders '{"pack_id":"ten-minutes"}'
expect 201 "the order"
order=$(printf '%s' "$answer" | field razorpay_order_id)
row "ordered" "ten minutes for $(printf '%s' "$answer" | field amount) paise ($order)"
paid=$(control POST "/razorpay/orders/$order/pay" '{"outcome":"captured"}')
payment=$(printf '%s' "$paid" | field razorpay_payment_id)
signature=$(printf '%s' "$paid" | field razorpay_signature)
call POST /billing/payments/verify \
  "{\"razorpay_order_id\":\"$order\",\"razorpay_payment_id\":\"$payment\",\"razorpay_signature\":\"$signature\"}"
expect 200 "the payment"
bought=$(printf '%s' "$answer" | field balance_ms)
row "bought" "$bought ms ($payment)"
[ "$bought" = 600000 ] || fail "ten minutes are 600000 ms"

call POST /sessions '{}'
expect 201 "the start"
session=$(printf '%s' "$answer" | field id)
conversation=$(printf '%s' "$answer" | field conversation_id)
control POST "/elevenlabs/conversations/$conversation/begin" >/dev/null
row "talk started" "$session"
begun=$(date +%s%3N)
for seq in 1 2 3; do
  call POST "/sessions/$session/heartbeat?seq=$seq"
  expect 200 "beat $seq"
  row "beat $seq" "$(printf '%s' "$answer" | field remaining_ms) ms left, $(printf '%s' "$answer" | field charged_ms) ms charged"
  sleep 5
done
call POST "/sessions/$session/end"
ended=$(date +%s%3N)
expect 200 "the end"
charged=$(printf '%s' "$answer" | field charged_ms)
balance=$(printf '%s' "$answer" | field balance_ms)
talked=$((ended - begun))
row "talked" "$talked ms"
row "charged" "$charged ms ($(printf '%s' "$answer" | field end_reason))"
difference=$((talked - charged))
[ "${difference#-}" -le 5000 ] || fail "the charge is more than one heartbeat off"
control POST "/elevenlabs/conversations/$conversation/finish" '{"say":"I slept badly all week and my back hurts after work."}' >/dev/null

call GET /billing/balance
row "balance" "$(printf '%s' "$answer" | field balance_ms) ms"
[ "$balance" = $((bought - charged)) ] && [ "$(printf '%s' "$answer" | field balance_ms)" = "$balance" ] ||
  fail "the balance does not match"

verified=$(with_settings "$(binaries)/talktime" ledger verify) || fail "the ledger is not clean: $verified"
row "talktime ledger verify" "$(printf '%s' "$verified" | tail -n 1) ($(printf '%s' "$verified" | head -n 1))"
until_known 60 plan || fail "no care plan was written"
row "care plan" "$found"
until_known 30 mail "care plan" || fail "the care plan was not mailed"
row "mailed" "$found"
echo "Everything came out right."
echo
echo "The page:  $public"
echo "The mails: $sandbox/mailjet/inbox"
echo "Stop it with ./dev down."
