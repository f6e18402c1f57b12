/// `new Razorpay(options).open()`: shows the payment page in a frame over the merchant's page, and passes on the
/// result.
let checkoutScript = #"""
  (() => {
    const base = new URL(document.currentScript.src).href.replace(/\/(v1\/)?checkout\.js.*$/, "");
    const origin = new URL(base).origin;

    class Razorpay {
      constructor(options) {
        if (!options || !options.key) throw new Error("`key` is required");
        this.options = options;
        this.listeners = {};
      }

      on(event, listener) { (this.listeners[event] ||= []).push(listener); return this; }

      open() {
        if (this.overlay) return;
        const { key, order_id, name = "", prefill = {} } = this.options;
        const query = new URLSearchParams({ key, order_id: order_id || "", name, email: prefill.email || "" });
        this.overlay = document.createElement("div");
        this.overlay.className = "razorpay-container";
        this.overlay.setAttribute("role", "dialog");
        this.overlay.setAttribute("aria-modal", "true");
        this.overlay.setAttribute("aria-label", "Payment");
        this.overlay.style.cssText =
          "position:fixed;inset:0;z-index:2147483647;background:rgba(0,0,0,.6);display:grid;place-items:center";
        const frame = document.createElement("iframe");
        frame.className = "razorpay-checkout-frame";
        frame.title = "Razorpay Checkout (sandbox)";
        frame.src = `${base}/checkout?${query}`;
        frame.style.cssText = "width:min(22rem,94vw);height:27rem;border:0;border-radius:12px;background:#fff";
        this.overlay.append(frame);
        document.body.append(this.overlay);
        this.heard = (message) => {
          if (message.origin === origin && message.source === frame.contentWindow) this.hear(message.data);
        };
        this.pressed = (event) => { if (event.key === "Escape") this.dismiss(); };
        window.addEventListener("message", this.heard);
        window.addEventListener("keydown", this.pressed);
        frame.addEventListener("load", () => frame.focus());
      }

      hear(data) {
        if (data.kind === "dismissed") this.dismiss();
        if (data.kind === "failed") (this.listeners["payment.failed"] || []).forEach((listen) => listen(data.answer));
        if (data.kind === "paid") this.finish(data.answer);
      }

      finish(answer) {
        this.close();
        const { handler, callback_url } = this.options;
        if (handler) return handler(answer);
        if (!callback_url) return;
        const form = document.createElement("form");
        form.method = "post";
        form.action = callback_url;
        for (const [name, value] of Object.entries(answer)) {
          form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
        }
        document.body.append(form);
        form.submit();
      }

      dismiss() {
        this.close();
        this.options.modal?.ondismiss?.();
      }

      close() {
        window.removeEventListener("message", this.heard);
        window.removeEventListener("keydown", this.pressed);
        this.overlay?.remove();
        this.overlay = undefined;
      }
    }

    window.Razorpay = Razorpay;
  })();
  """#

/// The page in the frame: pay, leave the payment authorized, fail, or leave.
func checkoutPage(title: String, amount: String, order: String) -> String {
  let disabled = order.isEmpty ? "disabled" : ""
  return #"""
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>Razorpay Checkout (sandbox)</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <style>
      body { font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 1.5rem; color: #1b2333; }
      h1 { font-size: 1.1rem; margin: 0; } .amount { font-size: 2rem; font-weight: 700; margin: .25rem 0 1rem; }
      small { color: #5a6478; overflow-wrap: anywhere; }
      button { display: block; width: 100%; font: inherit; margin: .5rem 0; padding: .7rem; border-radius: 8px;
        border: 1px solid #b9c1d1; background: #fff; cursor: pointer; }
      button.pay { background: #0b5fff; border-color: #0b5fff; color: #fff; font-weight: 600; }
      button:disabled { opacity: .5; cursor: default; }
      [role=alert] { min-height: 1.5em; color: #b3261e; }
    </style></head><body>
    <h1>\#(escaped(title))</h1><div class="amount">\#(escaped(amount))</div>
    <button id="pay" class="pay" data-outcome="captured" \#(disabled)>Pay</button>
    <button data-outcome="authorized" \#(disabled)>Pay, but authorize only</button>
    <button id="fail" data-outcome="failed" \#(disabled)>Let the payment fail</button>
    <button data-outcome="dismissed">Cancel</button>
    <p role="alert"></p>
    <small>No money moves: this is the sandbox. \#(escaped(order))</small>
    <script>
      const query = new URLSearchParams(location.search);
      const say = (kind, answer) => parent.postMessage({ kind, answer }, "*");
      const buttons = [...document.querySelectorAll("button")];
      const press = async (outcome) => {
        if (outcome === "dismissed") return say("dismissed");
        buttons.forEach((button) => (button.disabled = true));
        const body = { key: query.get("key"), order_id: query.get("order_id"), email: query.get("email") || undefined, outcome };
        try {
          const response = await fetch("checkout/attempts", {
            method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
          const answer = await response.json();
          if (!answer.error) return say("paid", answer);
          document.querySelector("[role=alert]").textContent = answer.error.description;
          say("failed", answer);
        } catch {
          document.querySelector("[role=alert]").textContent = "The payment could not be sent.";
        }
        buttons.forEach((button) => (button.disabled = false));
      };
      buttons.forEach((button) => button.addEventListener("click", () => press(button.dataset.outcome)));
      addEventListener("keydown", (event) => { if (event.key === "Escape") press("dismissed"); });
    </script></body></html>
    """#
}
