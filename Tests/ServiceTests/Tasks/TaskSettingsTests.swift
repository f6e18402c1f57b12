import Testing

@testable import TaskService

@Suite("The settings of the task service")
struct TaskSettingsTests {
  private func settings(_ more: [String: String] = [:]) throws -> TaskSettings {
    let needed = [
      "ELEVEN_API_KEY": "key", "GEMINI_API_KEY": "key", "MAILJET_API_KEY": "key", "MAILJET_API_SECRET": "secret",
      "MAIL_FROM": "asha@example.com", "SECRET_KEY": "secret",
    ]
    return try TaskSettings(TestSettings.reader(needed.merging(more) { $1 }))
  }

  @Test("plans are sealed only where an operator says that no release runs that cannot read them")
  func sealing() throws {
    #expect(try !settings().sealsCarePlans)
    #expect(try settings(["SEAL_CARE_PLANS": "true"]).sealsCarePlans)
  }
}
