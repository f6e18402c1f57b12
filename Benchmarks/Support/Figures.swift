import Foundation

/// With two digits after the point.
public func two(_ number: Double) -> String { String(format: "%.2f", number) }

/// Without digits after the point.
public func whole(_ number: Double) -> String { String(format: "%.0f", number) }

/// Prints a line at once, also where the output is a file.
public func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

extension String {
  /// A cell of a table.
  public func padding(_ width: Int) -> String { padding(toLength: width, withPad: " ", startingAt: 0) }
}
