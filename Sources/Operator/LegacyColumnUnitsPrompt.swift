import Foundation
import PostgresAdapter
import Runtime

/// The units of the Flask deployment's figures: from the settings, or asked for on a terminal.
enum LegacyColumnUnitsPrompt {
  static func units() throws -> LegacyColumnUnits {
    let reader = SettingsReader()
    let units = LegacyColumnUnits(
      talkTime: unit(LegacyColumnUnits.talkTimeSetting, reader), amount: unit(LegacyColumnUnits.amountSetting, reader))
    try reader.check()
    return units
  }

  private static func unit<Unit: CaseIterable & RawRepresentable<String>>(
    _ setting: String, _ reader: SettingsReader
  ) -> Unit? {
    guard let text = reader.optional(setting) else { return nil }
    guard let unit = Unit(rawValue: text.lowercased()) else {
      reader.add("\(setting) is none of \(Unit.allCases.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    return unit
  }

  /// Moves the Flask deployment's tables away. If a unit is missing and there is a terminal, asks for it.
  static func setAside(_ upgrade: LegacyUpgrade, keepingDependents: Bool) async throws -> LegacyColumnUnits {
    var units = try units()
    while true {
      do {
        try await upgrade.setAside(units: units, keepingDependents: keepingDependents)
        return units
      } catch let error as LegacyError {
        guard case .unitsMissing(let talkTime, let amount) = error, isatty(STDIN_FILENO) == 1 else { throw error }
        if talkTime { units.talkTime = try ask("users.talktime", error) }
        if amount { units.amount = try ask("transactions.amount", error) }
      }
    }
  }

  /// - Throws: the error, if the input matches no unit.
  private static func ask<Unit: CaseIterable & RawRepresentable<String>>(
    _ column: String, _ error: LegacyError
  ) throws -> Unit {
    print("This database was made by the guide. What is its \(column) in?")
    for _ in 0..<3 {
      print("\(Unit.allCases.map(\.rawValue).joined(separator: ", ")): ", terminator: "")
      guard let answer = readLine() else { break }
      if let unit = Unit(rawValue: answer.trimmingCharacters(in: .whitespaces).lowercased()) { return unit }
    }
    throw error
  }
}
