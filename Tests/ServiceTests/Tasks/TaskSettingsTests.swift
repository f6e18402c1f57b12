import Domain
import Runtime
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

  @Test("production refuses a short secret, the previous one, too")
  func secrets() throws {
    let (good, production) = (String(repeating: "s", count: 32), ["ENVIRONMENT": "production"])
    #expect(try settings(["SECRET_KEY": "short", "SECRET_KEY_PREVIOUS": "short"]).secretKey == "short")
    func problems(_ secrets: [String: String]) throws -> [String] {
      do {
        _ = try settings(production.merging(secrets) { $1 })
        return []
      } catch let error as SettingsError {
        return error.problems
      }
    }
    #expect(try problems(["SECRET_KEY": good, "SECRET_KEY_PREVIOUS": good]).isEmpty)
    let short = String(good.dropLast())
    for name in ["SECRET_KEY", "SECRET_KEY_PREVIOUS"] {
      let found = try problems(["SECRET_KEY": good].merging([name: short]) { $1 })
      #expect(found == ["\(name) is weaker than 32 random bytes"])
    }
    let flask = "FLASK_SECRET_KEY"
    #expect(try problems(["SECRET_KEY": "", flask: short]) == ["\(flask) is weaker than 32 random bytes"])
    // It is not read where the other one is set.
    #expect(try problems(["SECRET_KEY": good, flask: short]).isEmpty)
    #expect(try problems(["SECRET_KEY": good, "JWT_SECRET_KEY_NEXT": short]).isEmpty)
  }

  @Test("without prices of tokens no cost is counted, and a list that cannot be read is refused")
  func prices() throws {
    #expect(try settings().geminiPrices == ModelPrices.none)
    let given = "gemini-3.5-flash=2500/21000/21000"
    #expect(try settings(["GEMINI_PRICES": given]).geminiPrices == ModelPrices(given))
    #expect(throws: SettingsError.self) { try settings(["GEMINI_PRICES": "gemini-3.5-flash=0.3"]) }
  }

  @Test("production mails a link unless told otherwise, and an operator can forbid the whole plan")
  func carePlanMail() throws {
    let kinds: [([String: String], CarePlanMailKind)] = [
      ([:], .full), (["CARE_PLAN_MAIL": "link"], .link), (["CARE_PLAN_MAIL": "plan"], .full),
      (["CARE_PLAN_MAIL": "none"], .none), (["CARE_PLAN_MAIL_FULL": "false"], .link),
    ]
    for (given, kind) in kinds { #expect(try settings(given).carePlanMail.standard == kind) }
    let reader = TestSettings.reader([:])
    #expect(reader.carePlanMailPolicy(isProduction: true) == CarePlanMailPolicy(standard: .link, allowsFull: true))
    #expect(throws: (any Error).self) { try settings(["CARE_PLAN_MAIL": "some"]) }
    #expect(throws: (any Error).self) { try settings(["CARE_PLAN_MAIL": "full", "CARE_PLAN_MAIL_FULL": "false"]) }
  }
}
