import Configuration
import Foundation
import Runtime
import Testing

@testable import AuthService
@testable import BillingService
@testable import SessionService
@testable import TaskService

@Suite("The numbers that talktime doctor accepts")
struct DoctorRangeTests {
  private static let ranges = [
    "databaseConnections": SettingRange.databaseConnections, "liveSessions": SettingRange.liveSessions,
    "openOrders": SettingRange.openOrders, "taskConcurrency": SettingRange.taskConcurrency,
  ]

  /// Whether a service says that the setting has no such number.
  private static func isRefused(_ value: Int, _ name: String) -> Bool {
    func problems(_ make: (SettingsReader) throws -> Void) -> [String] {
      let provider = EnvironmentVariablesProvider(environmentVariables: [name: "\(value)"])
      do {
        try make(SettingsReader(provider))
        return []
      } catch {
        return (error as? SettingsError)?.problems ?? []
      }
    }
    let found =
      problems { _ = try AuthSettings($0) } + problems { _ = try BillingSettings($0) }
      + problems { _ = try SessionSettings($0) } + problems { _ = try TaskSettings($0) }
    return found.contains { $0.hasPrefix("\(name) is not a whole number") }
  }

  @Test("are those that the services accept")
  func same() throws {
    let doctor = try SourceScan.texts("Sources/Operator/Doctor/DoctorSettingsCheck.swift")
    let literal = try SourceScan.names(#"\("([A-Z_]+)", -?\d"#, in: doctor)
    #expect(literal.isEmpty, "a range of its own may differ from the service's")
    let checked = try SourceScan.names(#""([A-Z_]+", SettingRange\.\w+)"#, in: doctor)
    #expect(checked.count == Self.ranges.count)
    for words in checked.map({ $0.components(separatedBy: "\", SettingRange.") }) {
      let range = try #require(Self.ranges[words[1]])
      for value in [range.lowerBound, range.upperBound] {
        #expect(!Self.isRefused(value, words[0]), "\(words[0]) \(value)")
      }
      for value in [range.lowerBound - 1, range.upperBound + 1] {
        #expect(Self.isRefused(value, words[0]), "\(words[0]) \(value)")
      }
    }
  }
}
