import FoundationEssentials

/// The sandbox's settings. The keys and secrets are the variables that the services read, so that one environment
/// serves both. Missing ones get values for development.
struct Settings: Sendable {
  var host: String
  var port: Int
  /// The second port, named in signed conversation URLs.
  var webSocketPort: Int
  var logLevel: String

  var razorpayKeyID: String
  var razorpayKeySecret: String
  var razorpayWebhookSecret: String
  var razorpayWebhookURL: String?

  var elevenAPIKey: String
  var agentIDs: [String]
  var elevenWebhookSecret: String
  var elevenWebhookURL: String?
  /// How long a signed URL can be opened: 15 minutes at ElevenLabs.
  var signedURLSeconds: Int
  /// How long the user is silent before the agent speaks.
  var idleSeconds: Int

  var googleClientID: String
  var geminiAPIKey: String

  var mailjetAPIKey: String
  var mailjetAPISecret: String
  /// May contain basic credentials, because Mailjet signs nothing.
  var mailjetWebhookURL: String?

  /// The address for browsers and services.
  var publicURL: String { "http://\(host):\(port)" }

  init(environment: [String: String]) throws(InvalidSetting) {
    func text(_ name: String, _ fallback: String) -> String {
      environment[name].flatMap { $0.isEmpty ? nil : $0 } ?? fallback
    }
    func number(_ name: String, _ fallback: Int, _ range: ClosedRange<Int>) throws(InvalidSetting) -> Int {
      let value = text(name, String(fallback))
      guard let number = Int(value), range.contains(number) else { throw InvalidSetting(name: name, value: value) }
      return number
    }
    func optional(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    host = text("HTTP_HOST", "127.0.0.1")
    port = try number("HTTP_PORT", 9500, 1...65_535)
    webSocketPort = try number("WS_PORT", port + 1, 1...65_535)
    logLevel = text("LOG_LEVEL", "info")
    razorpayKeyID = text("RAZORPAY_KEY_ID", "rzp_test_sandbox")
    razorpayKeySecret = text("RAZORPAY_KEY_SECRET", "sandbox-razorpay-secret")
    razorpayWebhookSecret = text("RAZORPAY_WEBHOOK_SECRET", "sandbox-razorpay-webhook-secret")
    razorpayWebhookURL = optional("RAZORPAY_WEBHOOK_URL")
    elevenAPIKey = text("ELEVEN_API_KEY", "sandbox-eleven-key")
    agentIDs =
      [text("AGENT_ID", "agent_sandbox")] + text("AGENT_IDS", "").split(separator: ",").map { $0.filter { $0 != " " } }
    elevenWebhookSecret = text("ELEVEN_WEBHOOK_SECRET", "sandbox-eleven-webhook-secret")
    elevenWebhookURL = optional("ELEVEN_WEBHOOK_URL")
    signedURLSeconds = try number("ELEVEN_SIGNED_URL_SECONDS", 900, 1...86_400)
    idleSeconds = try number("ELEVEN_IDLE_SECONDS", 6, 1...3_600)
    googleClientID = text("GOOGLE_CLIENT_ID", "sandbox.apps.googleusercontent.com")
    geminiAPIKey = text("GEMINI_API_KEY", "sandbox-gemini-key")
    mailjetAPIKey = text("MAILJET_API_KEY", "sandbox-mailjet-key")
    mailjetAPISecret = text("MAILJET_API_SECRET", "sandbox-mailjet-secret")
    mailjetWebhookURL = optional("MAILJET_WEBHOOK_URL")
  }
}

/// A variable with an unusable value.
struct InvalidSetting: Error, CustomStringConvertible {
  let name: String
  let value: String
  var description: String { "\(name)=\(value) is not usable" }
}
