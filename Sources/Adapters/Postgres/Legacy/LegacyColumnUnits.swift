/// The unit of the Flask deployment's `users.talktime`. The column is a float without a unit, so the operator has to
/// specify it.
public enum LegacyTalkTimeUnit: String, Sendable, CaseIterable {
  case milliseconds, seconds, minutes, hours

  var milliseconds: Int64 {
    switch self {
    case .milliseconds: 1
    case .seconds: 1_000
    case .minutes: 60_000
    case .hours: 3_600_000
    }
  }
}

/// The unit of the Flask deployment's `transactions.amount`.
public enum LegacyAmountUnit: String, Sendable, CaseIterable {
  case paise, rupees

  var paise: Int64 { self == .paise ? 1 : 100 }
}

public struct LegacyColumnUnits: Sendable, Equatable {
  public static let talkTimeSetting = "LEGACY_TALKTIME_UNIT"
  public static let amountSetting = "LEGACY_AMOUNT_UNIT"

  public var talkTime: LegacyTalkTimeUnit?
  public var amount: LegacyAmountUnit?

  public init(talkTime: LegacyTalkTimeUnit? = nil, amount: LegacyAmountUnit? = nil) {
    self.talkTime = talkTime
    self.amount = amount
  }
}

public enum LegacyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Nothing was changed.
  case unitsMissing(talkTime: Bool, amount: Bool)
  /// A table does not have the form that the Flask deployment gives it. Nothing was changed.
  case unreadable(String)
  /// Views and foreign keys of other software depend on the tables. Nothing was changed.
  case depended(on: [String])
  /// The import failed as a whole; another run repeats it.
  case failed(String)

  public var description: String {
    switch self {
    case .unitsMissing(let talkTime, let amount):
      ([
        "This database was made by the guide, and some of its figures say nothing of their unit. Set the following and",
        "run again; nothing has been changed:",
      ] + (talkTime ? [Self.hint(LegacyColumnUnits.talkTimeSetting, LegacyTalkTimeUnit.self, "users.talktime")] : [])
        + (amount ? [Self.hint(LegacyColumnUnits.amountSetting, LegacyAmountUnit.self, "transactions.amount")] : []))
        .joined(separator: "\n")
    case .unreadable(let what): "this database looks as if the guide had made it, but \(what); nothing has been changed"
    case .depended(let names):
      ([
        "These depend on the guide's tables, which are set aside and no longer written: they would go on with what stands",
        "there now. Drop them or point them elsewhere and run again, or say --keep-dependents; nothing has been changed:",
      ] + names.map { "  " + $0 }).joined(separator: "\n")
    case .failed(let message): "the guide's rows could not be taken over, none of them was: \(message)"
    }
  }

  private static func hint<Unit: CaseIterable & RawRepresentable<String>>(
    _ setting: String, _ unit: Unit.Type, _ column: String
  ) -> String {
    "  \(setting)=\(Unit.allCases.map(\.rawValue).joined(separator: "|"))   (of \(column))"
  }
}
