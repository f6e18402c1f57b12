import Configuration
import Runtime
import Testing

@testable import AuthService
@testable import TaskService

@Suite("Secrets that could be guessed")
struct WeakSecretTests {
  private static let good = String(repeating: "s", count: SettingsReader.leastSecretBytes)
  private static let short = String(good.dropLast())

  private static func reader(_ settings: [String: String]) -> SettingsReader {
    SettingsReader(EnvironmentVariablesProvider(environmentVariables: settings))
  }

  /// What a service says about its secrets in production.
  private static func weaknesses(
    _ settings: [String: String], _ make: (SettingsReader) throws -> Void
  ) -> [String] {
    do {
      try make(reader(settings))
      return []
    } catch {
      return ((error as? SettingsError)?.problems ?? []).filter { $0.contains("is weaker than") }
    }
  }

  @Test(
    "are reported by talktime doctor and refused by the services that read them, by the name that was set",
    arguments: SettingsReader.keySecrets.flatMap(\.self))
  func same(name: String) {
    let problem = "\(name) is weaker than 32 random bytes"
    #expect(Self.reader([name: Self.short]).weakSecrets() == [problem])
    #expect(Self.reader([name: Self.good]).weakSecrets().isEmpty && Self.reader([name: ""]).weakSecrets().isEmpty)
    let services =
      Self.weaknesses([name: Self.short]) { _ = try AuthSettings($0) }
      + Self.weaknesses([name: Self.short]) { _ = try TaskSettings($0) }
    #expect(Set(services) == [problem])
    let inDevelopment = ["ENVIRONMENT": "development", name: Self.short]
    let accepted =
      Self.weaknesses(inDevelopment) { _ = try AuthSettings($0) }
      + Self.weaknesses(inDevelopment) { _ = try TaskSettings($0) }
    #expect(accepted.isEmpty)
  }

  @Test("the Flask deployment's name counts only where the other one is not set")
  func flask() {
    let both = ["SECRET_KEY": Self.good, "FLASK_SECRET_KEY": Self.short]
    let refused = Self.weaknesses(both) { _ = try AuthSettings($0) }
    #expect(Self.reader(both).weakSecrets().isEmpty && refused.isEmpty)
  }
}
