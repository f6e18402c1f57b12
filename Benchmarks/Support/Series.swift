import Foundation

/// Numbers that were measured one after the other, such as the rates of some turns.
public struct Series: Sendable, CustomStringConvertible {
  /// In the order in which they were measured.
  public private(set) var values: [Double]

  public init(_ values: some Sequence<Double> = []) { self.values = Array(values) }

  public mutating func add(_ value: Double) { values.append(value) }

  /// The number below which this part of all numbers lies.
  /// - Parameters:
  ///   - part: from 0 to 1.
  ///   - other: the answer if there are no numbers.
  public func at(_ part: Double, ifEmpty other: Double = 0) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? other : sorted[min(Int(Double(sorted.count) * part), sorted.count - 1)]
  }

  /// 0 if there are no numbers, as are `lowest` and `highest`.
  public var median: Double { at(0.5) }

  public var lowest: Double { values.min() ?? 0 }

  public var highest: Double { values.max() ?? 0 }

  /// The median, the lowest and the highest, as columns.
  public var description: String { [median, lowest, highest].map { String(format: "%7.0f", $0) }.joined() }
}
