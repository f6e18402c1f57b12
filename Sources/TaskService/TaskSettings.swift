import Application
import Domain
import Runtime

struct TaskSettings: Sendable {
  let common: CommonSettings
  let elevenKey, elevenURL: String
  let geminiKey, geminiURL: String
  /// The model that writes care plans, and the one in its place once it does not exist any more.
  let geminiModels: [String]
  let geminiPrices: ModelPrices
  let mailjetKey, mailjetSecret, mailjetURL: String
  /// The current secret of Mailjet's reports and the previous one. Empty if none is set; no report is then accepted.
  let mailjetWebhookSecrets: [String]
  let mailFrom, mailFromName: String
  let secretKey: String
  /// The secret before the present one; nil if there is none.
  let previousSecretKey: String?
  /// Whether new care plans are stored sealed, which earlier releases cannot read. So it is off unless an
  /// operator says that none of them runs.
  let sealsCarePlans: Bool
  let carePlanMail: CarePlanMailPolicy
  /// The four services by name, for the joint health check.
  let services: [(name: String, url: String)]
  let concurrency: Int
  /// The days after which ElevenLabs' copy of a conversation is erased; 0 leaves that to ElevenLabs.
  let transcriptDays: Int

  init(_ reader: SettingsReader = SettingsReader()) throws {
    common = CommonSettings(reader, service: "task")
    elevenKey = reader.required("ELEVEN_API_KEY", secret: true)
    elevenURL = reader.baseURL("ELEVEN_BASE_URL", default: "https://api.elevenlabs.io")
    geminiKey = reader.required("GEMINI_API_KEY", secret: true)
    geminiModels = [
      reader.string("GEMINI_MODEL", default: "gemini-3.5-flash"),
      reader.string("GEMINI_FALLBACK_MODEL", default: "gemini-flash-latest"),
    ]
    geminiPrices = reader.modelPrices()
    geminiURL = reader.baseURL("GEMINI_BASE_URL", default: "https://generativelanguage.googleapis.com")
    mailjetKey = reader.required("MAILJET_API_KEY")
    mailjetSecret = reader.required("MAILJET_API_SECRET", secret: true)
    mailjetURL = reader.baseURL("MAILJET_BASE_URL", default: "https://api.mailjet.com")
    mailjetWebhookSecrets = ["MAILJET_WEBHOOK_SECRET", "MAILJET_WEBHOOK_SECRET_PREVIOUS"].compactMap {
      reader.optional($0, secret: true)
    }
    mailFrom = reader.required("MAIL_FROM")
    mailFromName = reader.string("MAIL_FROM_NAME", default: "Talktime")
    secretKey = reader.required("SECRET_KEY", "FLASK_SECRET_KEY", secret: true)
    previousSecretKey = reader.optional("SECRET_KEY_PREVIOUS", secret: true)
    if common.isProduction { reader.refuseWeakSecrets() }
    sealsCarePlans = reader.flag("SEAL_CARE_PLANS", default: false)
    carePlanMail = reader.carePlanMailPolicy(isProduction: common.isProduction)
    concurrency = reader.int("TASK_CONCURRENCY", default: 16, in: SettingRange.taskConcurrency)
    transcriptDays = reader.int("TRANSCRIPT_DAYS", default: 0, in: 0...36_500)
    if (1..<7).contains(transcriptDays) {
      reader.add("TRANSCRIPT_DAYS is 0 or at least 7: a care plan may wait for days for its transcript")
    }
    services = [
      ("auth", common.authServiceURL),
      ("billing", reader.baseURL("BILLING_SERVICE_URL", default: "http://127.0.0.1:9201")),
      ("session", reader.baseURL("SESSION_SERVICE_URL", default: "http://127.0.0.1:9301")),
      ("task", reader.baseURL("TASK_SERVICE_URL", default: "http://127.0.0.1:9401")),
    ]
    try reader.check()
  }
}
