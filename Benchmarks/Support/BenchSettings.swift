import Foundation

/// What `./dev` has prepared for a measurement, from the environment.
public struct BenchSettings: Sendable {
  public struct Missing: Error, CustomStringConvertible {
    let name, command: String
    public var description: String { "\(name) is not set: run \(command)" }
  }

  private let command: String

  /// - Parameter command: what sets the variables, such as `./dev bench queue`.
  public init(of command: String) { self.command = command }

  /// - Throws: `Missing` if the variable is empty or not there.
  public func value(_ name: String) throws -> String {
    guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
      throw Missing(name: name, command: command)
    }
    return value
  }

  /// - Throws: `Missing` also for what is no whole number in the range of its type.
  public func number<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) throws -> Number {
    let text = try value(name)
    guard let number = Number(text, radix: 10) else { throw Missing(name: name, command: command) }
    return number
  }
}
