import Domain
import Runtime

struct BillingSettings: Sendable {
  let common: CommonSettings
  let keyID: String
  let keySecret: String
  let webhookSecrets: [String]
  let baseURL: String
  /// How many unpaid orders a user may have.
  let openOrders: Int
  let schedule: OrderCheckSchedule
  let reconcileInterval: Duration
  let seller: SellerSettings
  let dailyCaps: OperatorDailyCaps

  init(_ reader: SettingsReader = SettingsReader()) throws {
    common = CommonSettings(reader, service: "billing")
    keyID = reader.required("RAZORPAY_KEY_ID")
    keySecret = reader.required("RAZORPAY_KEY_SECRET", secret: true)
    webhookSecrets =
      [reader.required("RAZORPAY_WEBHOOK_SECRET", secret: true)]
      + [reader.optional("RAZORPAY_WEBHOOK_SECRET_PREVIOUS", secret: true)].compactMap { $0 }
    baseURL = reader.baseURL("RAZORPAY_BASE_URL", default: "https://api.razorpay.com")
    openOrders = reader.int("MAX_OPEN_ORDERS", default: 20, in: SettingRange.openOrders)
    schedule = OrderCheckSchedule(
      first: .seconds(reader.int("RECONCILE_AFTER_SECONDS", default: 900, in: 1...86_400)),
      expiry: .seconds(60 * reader.int("ORDER_EXPIRY_MINUTES", default: 1_440, in: 1...100_000)))
    reconcileInterval = .seconds(
      reader.int("RECONCILE_INTERVAL_SECONDS", default: common.isProduction ? 60 : 5, in: 1...3_600))
    seller = SellerSettings(reader)
    dailyCaps = OperatorDailyCaps(
      talkTime: .milliseconds(
        Int64(reader.int("OPERATOR_DAILY_GRANT_MS", default: 36_000_000, in: 0...3_600_000_000))),
      money: Paise(Int64(reader.int("OPERATOR_DAILY_REFUND_PAISE", default: 1_000_000, in: 0...10_000_000_000))))
    if common.isProduction {
      if keyID.hasPrefix("rzp_test_") { reader.add("RAZORPAY_KEY_ID is a test key") }
      if !baseURL.hasPrefix("https://") { reader.add("RAZORPAY_BASE_URL is not https") }
    }
    try reader.check()
  }
}
