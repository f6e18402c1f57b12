import Runtime

struct BillingSettings: Sendable {
  let common: CommonSettings
  let keyID: String
  let keySecret: String
  let webhookSecrets: [String]
  let baseURL: String

  init() throws {
    let reader = SettingsReader()
    common = CommonSettings(reader, service: "billing")
    keyID = reader.required("RAZORPAY_KEY_ID")
    keySecret = reader.required("RAZORPAY_KEY_SECRET", secret: true)
    webhookSecrets =
      [reader.required("RAZORPAY_WEBHOOK_SECRET", secret: true)]
      + [reader.optional("RAZORPAY_WEBHOOK_SECRET_PREVIOUS", secret: true)].compactMap { $0 }
    baseURL = reader.baseURL("RAZORPAY_BASE_URL", default: "https://api.razorpay.com")
    if common.isProduction {
      if keyID.hasPrefix("rzp_test_") { reader.add("RAZORPAY_KEY_ID is a test key") }
      if !baseURL.hasPrefix("https://") { reader.add("RAZORPAY_BASE_URL is not https") }
    }
    try reader.check()
  }
}
