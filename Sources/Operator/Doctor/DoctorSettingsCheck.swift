import Domain
import ElevenLabsAdapter
import Runtime

/// Checks the settings of all four services: what is missing, and what is too weak for a system that handles money.
struct DoctorSettingsCheck {
  private static let area = "settings"
  private static let seller = "seller"
  private static let needed = [
    ["PUBLIC_URL"], ["REDIS_URL"], ["JWT_SECRET_KEY"], ["SECRET_KEY", "FLASK_SECRET_KEY"], ["GOOGLE_CLIENT_ID"],
    ["RAZORPAY_KEY_ID"], ["RAZORPAY_KEY_SECRET"], ["RAZORPAY_WEBHOOK_SECRET"], ["ELEVEN_API_KEY"], ["AGENT_ID"],
    ["GEMINI_API_KEY"], ["MAILJET_API_KEY"], ["MAILJET_API_SECRET"], ["MAIL_FROM"],
  ]
  private let reader = SettingsReader()

  var findings: [Finding] {
    let found = missing + unreadable + weak + unfinished + supabase
    return (found.isEmpty ? [.ok(Self.area, "all that the services need")] : found) + seller
  }

  /// Shows how this seller's documents will look, before the first invoice is issued.
  private var seller: [Finding] {
    let settings = SellerSettings(SettingsReader())
    guard let gstin = settings.seller.gstin else {
      return [.ok(Self.seller, "SELLER_GSTIN is not set: documents are plain receipts, without any tax")]
    }
    var found = [Finding.ok(Self.seller, "tax invoices of \(gstin), \(settings.state.name)")]
    if settings.seller.address == nil {
      found.append(.warning(Self.seller, "SELLER_ADDRESS is not set: a tax invoice names the seller's address"))
    }
    if !settings.requiresState {
      found.append(
        .warning(
          Self.seller,
          "BUYER_STATE_REQUIRED is not set: an order that no state is known for gets an invoice without place of supply"
        ))
    }
    return found
  }

  private func has(_ name: String) -> Bool { reader.optional(name, secret: true) != nil }

  private var missing: [Finding] {
    Self.needed.filter { names in !names.contains(where: has) }.map { names in
      .problem(Self.area, "\(names.joined(separator: " or ")) is missing")
    }
  }

  /// Values that are set but would stop a service.
  private var unreadable: [Finding] {
    let reader = SettingsReader()
    for name in ["MAX_TALK", "CREDIT_FAILURE_GRACE"] { _ = reader.span(name, default: .zero) }
    for (name, range) in [
      ("MAX_LIVE_SESSIONS", SettingRange.liveSessions), ("MAX_OPEN_ORDERS", SettingRange.openOrders),
      ("TASK_CONCURRENCY", SettingRange.taskConcurrency), ("DATABASE_CONNECTIONS", SettingRange.databaseConnections),
    ] { _ = reader.int(name, default: range.lowerBound, in: range) }
    let isProduction = reader.string("ENVIRONMENT", default: "production") == "production"
    for provider in ["RAZORPAY", "ELEVEN", "GOOGLE", "GEMINI", "MAILJET"] {
      let url = reader.baseURL("\(provider)_BASE_URL", default: "https://")
      if isProduction, !url.hasPrefix("https:") { reader.add("\(provider)_BASE_URL is not https") }
    }
    for (name, word) in [("ELEVEN_CONTROL", "monitor"), ("ELEVEN_WEBRTC", "allowed")]
    where reader.optional(name).map({ $0 != word }) == true {
      reader.add("\(name) is \(word) or is not set")
    }
    if let url = reader.optional("ELEVEN_MONITOR_URL") {
      let monitor = ConversationMonitorAddress(url)
      if monitor == nil { reader.add("ELEVEN_MONITOR_URL is not a ws(s) address") }
      if isProduction, monitor?.isSecure == false { reader.add("ELEVEN_MONITOR_URL is not wss") }
    }
    _ = SellerSettings(reader)
    do throws(SettingsError) {
      try reader.check()
      return []
    } catch {
      return error.problems.map { .problem(Self.area, $0) }
    }
  }

  private var weak: [Finding] {
    let environment = reader.string("ENVIRONMENT", default: "production")
    guard environment != "development" else { return [] }
    var found: [Finding] = []
    if environment != "production" { found.append(.problem(Self.area, "ENVIRONMENT is production or development")) }
    found += reader.weakSecrets().map { Finding.problem(Self.area, $0) }
    if reader.optional("RAZORPAY_KEY_ID")?.hasPrefix("rzp_test_") == true {
      found.append(.problem(Self.area, "RAZORPAY_KEY_ID is a test key"))
    }
    if let url = reader.optional("PUBLIC_URL"), !url.hasPrefix("https://") {
      found.append(.problem(Self.area, "PUBLIC_URL is not https"))
    }
    return found
  }

  /// Without ElevenLabs' webhook, durations are still fetched, only later. Without Mailjet's, mails go on to addresses
  /// that bounce, until Mailjet blocks the sender.
  private var unfinished: [Finding] {
    [
      ("ELEVEN_WEBHOOK_SECRET", "ElevenLabs' webhooks are refused, durations are polled"),
      ("MAILJET_WEBHOOK_SECRET", "Mailjet's reports are refused, mails go on to addresses that bounce"),
    ].filter { !has($0.0) }.map { .warning(Self.area, "\($0.0) is not set: \($0.1)") }
  }

  /// This system does not use these two settings; an operator who has set them may think that it does.
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
