import Configuration
import Domain
import FoundationEssentials
import Synchronization

/// Everything that is wrong with the settings, reported at once.
public struct SettingsError: Error, CustomStringConvertible, Sendable {
  public let problems: [String]
  public var description: String {
    "the settings are not complete:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
  }
}

/// One setting that a program reads. `docs/settings.md` lists all of them, and a test compares that list with these.
public struct SettingDeclaration: Sendable {
  public let name: String
  /// The default as it would be written in the environment; nil if there is none.
  public fileprivate(set) var fallback: String?
  public fileprivate(set) var isRequired = false
  public fileprivate(set) var isSecret = false
}

/// Reads settings by their environment names and collects those that are missing or cannot be read, so that one message
/// at the start reports all of them.
public final class SettingsReader: Sendable {
  private let reader: ConfigReader
  private let problems = Mutex<[String]>([])
  private let asked = Mutex<[String: SettingDeclaration]>([:])

  public init(_ provider: any ConfigProvider = EnvironmentVariablesProvider()) {
    reader = ConfigReader(provider: provider)
  }

  /// Every name that was read so far, in alphabetical order.
  public var readings: [SettingDeclaration] {
    asked.withLock { $0.values.sorted { $0.name < $1.name } }
  }

  private func note(_ name: String, fallback: String? = nil, isRequired: Bool = false, isSecret: Bool = false) {
    asked.withLock {
      var reading = $0[name] ?? SettingDeclaration(name: name)
      reading.fallback = reading.fallback ?? fallback
      reading.isRequired = reading.isRequired || isRequired
      reading.isSecret = reading.isSecret || isSecret
      $0[name] = reading
    }
  }

  /// The value, or nil where it is absent or empty.
  public func optional(_ name: String, secret: Bool = false) -> String? {
    note(name, isSecret: secret)
    let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
    return reader.string(forKey: key, isSecret: secret).flatMap { $0.isEmpty ? nil : $0 }
  }

  public func string(_ name: String, default fallback: String) -> String {
    note(name, fallback: fallback)
    return optional(name) ?? fallback
  }

  /// A value without which the service cannot start. If several names are given, the first one that is set is used.
  public func required(_ names: String..., secret: Bool = false) -> String {
    for name in names { note(name, isRequired: true, isSecret: secret) }
    for name in names { if let value = optional(name, secret: secret) { return value } }
    add("\(names.joined(separator: " or ")) is missing")
    return ""
  }

  public func int(_ name: String, default fallback: Int, in range: ClosedRange<Int> = 0...Int.max) -> Int {
    note(name, fallback: "\(fallback)")
    guard let text = optional(name) else { return fallback }
    guard let value = Int(text), range.contains(value) else {
      add("\(name) is not a whole number from \(range.lowerBound) to \(range.upperBound)")
      return fallback
    }
    return value
  }

  /// A port that the service listens on; required.
  public func port(_ name: String) -> Int {
    guard let port = Int(required(name)), (1...65_535).contains(port) else {
      if optional(name) != nil { add("\(name) is not a port") }
      return 0
    }
    return port
  }

  public func flag(_ name: String, default fallback: Bool) -> Bool {
    note(name, fallback: "\(fallback)")
    switch optional(name)?.lowercased() {
    case nil: return fallback
    case "true", "1", "yes", "on": return true
    case "false", "0", "no", "off": return false
    default:
      add("\(name) is neither true nor false")
      return fallback
    }
  }

  /// A duration such as `250ms`, `30s`, `15m` or `1h`.
  public func span(_ name: String, default fallback: TalkTime) -> TalkTime {
    note(name, fallback: Self.written(fallback))
    guard let text = optional(name) else { return fallback }
    guard let match = text.wholeMatch(of: #/(\d{1,9})(ms|s|m|h)/#), let count = Int64(match.1) else {
      add("\(name) is not a span such as 30s or 1h")
      return fallback
    }
    switch match.2 {
    case "ms": return .milliseconds(count)
    case "s": return .seconds(count)
    case "m": return .minutes(count)
    default: return .minutes(count * 60)
    }
  }

  private static func written(_ span: TalkTime) -> String {
    let count = span.milliseconds
    for (size, unit) in [(3_600_000, "h"), (60_000, "m"), (1_000, "s")] as [(Int64, String)]
    where count >= size && count % size == 0 { return "\(count / size)\(unit)" }
    return "\(count)ms"
  }

  /// An http or https address without a slash at the end.
  public func baseURL(_ name: String, default fallback: String? = nil) -> String {
    note(name, fallback: fallback)
    let text = optional(name) ?? fallback ?? required(name)
    if !text.isEmpty, !(text.hasPrefix("http://") || text.hasPrefix("https://")) {
      add("\(name) is not an http(s) address")
    }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  public func add(_ problem: String) { problems.withLock { $0.append(problem) } }

  /// - Throws: all errors that were found so far.
  public func check() throws(SettingsError) {
    let found = problems.withLock { $0 }
    if !found.isEmpty { throw SettingsError(problems: found) }
  }
}
