/// Why an operator did something, for later readers of the ledger: 1 to 500 characters without control characters and
/// line breaks, and not only white space.
public struct Reason: Hashable, Sendable, CustomStringConvertible {
  public static let longest = 500

  public let text: String

  public init?(_ text: String) {
    let scalars = text.unicodeScalars
    // Counted in code points, because a single user-visible character may be of any length.
    guard (1...Self.longest).contains(scalars.count), scalars.allSatisfy(Self.isPrintable),
      !scalars.allSatisfy(\.properties.isWhitespace)
    else { return nil }
    self.text = text
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  public var description: String { text }
}
