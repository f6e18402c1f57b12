import Runtime

/// What the four services need between them, and what is too weak for other people's money.
struct SettingsCheck {
  private static let area = "settings"
  private static let needed = [
    ["PUBLIC_URL"], ["REDIS_URL"], ["JWT_SECRET_KEY"], ["SECRET_KEY", "FLASK_SECRET_KEY"], ["GOOGLE_CLIENT_ID"],
    ["RAZORPAY_KEY_ID"], ["RAZORPAY_KEY_SECRET"], ["RAZORPAY_WEBHOOK_SECRET"], ["ELEVEN_API_KEY"], ["AGENT_ID"],
    ["GEMINI_API_KEY"], ["MAILJET_API_KEY"], ["MAILJET_API_SECRET"], ["MAIL_FROM"],
  ]
  private let reader = SettingsReader()

  var findings: [Finding] {
    let found = missing + weak + unfinished + supabase
    return found.isEmpty ? [.ok(Self.area, "all that the services need")] : found
  }

  private func has(_ name: String) -> Bool { reader.optional(name, secret: true) != nil }

  private var missing: [Finding] {
    Self.needed.filter { names in !names.contains(where: has) }.map { names in
      .problem(Self.area, "\(names.joined(separator: " or ")) is missing")
    }
  }

  private var weak: [Finding] {
    let environment = reader.string("ENVIRONMENT", default: "production")
    guard environment != "development" else { return [] }
    var found: [Finding] = []
    if environment != "production" { found.append(.problem(Self.area, "ENVIRONMENT is production or development")) }
    for name in ["JWT_SECRET_KEY", "SECRET_KEY", "FLASK_SECRET_KEY"] {
      if let value = reader.optional(name, secret: true), value.utf8.count < 32 {
        found.append(.problem(Self.area, "\(name) is weaker than 32 random bytes"))
      }
    }
    if reader.optional("RAZORPAY_KEY_ID")?.hasPrefix("rzp_test_") == true {
      found.append(.problem(Self.area, "RAZORPAY_KEY_ID is a test key"))
    }
    if let url = reader.optional("PUBLIC_URL"), !url.hasPrefix("https://") {
      found.append(.problem(Self.area, "PUBLIC_URL is not https"))
    }
    return found
  }

  /// Without the webhook a duration is asked for all the same, only later.
  private var unfinished: [Finding] {
    has("ELEVEN_WEBHOOK_SECRET")
      ? []
      : [
        .warning(Self.area, "ELEVEN_WEBHOOK_SECRET is not set: ElevenLabs' webhooks are refused, durations are polled")
      ]
  }

  /// Nothing of ours uses these two; who has set them may think so.
  private var supabase: [Finding] {
    guard let url = reader.optional("SUPABASE_URL") else { return [] }
    var found: [Finding] = []
    if !url.hasPrefix("https://") { found.append(.problem(Self.area, "SUPABASE_URL is not https")) }
    if !has("DATABASE_URL"), !has("AUTH_DATABASE_URL") {
      found.append(.problem(Self.area, "SUPABASE_URL is no connection string: set DATABASE_URL to Supabase's"))
    }
    return found
  }
}
