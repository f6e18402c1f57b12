/// The rules for a password that a user chooses: its length, and that it is none of those that are tried first. There
/// are no rules of composition (NIST SP 800-63B).
public struct PasswordPolicy: Sendable {
  /// In code points, after composing.
  public static let longest = 256
  /// Operators move other users' money, and have a longer minimum.
  public static let operatorMinimum = 15
  public static let defaultMinimum = 8
  private static let product = "talktime"
  /// A shorter part of an address is likely to be a part of a good password, too.
  private static let shortestPart = 4

  /// In code points, after composing.
  public let minimum: Int

  public init(minimum: Int = PasswordPolicy.defaultMinimum) { self.minimum = minimum }

  /// - Parameter address: nil where the address itself is invalid.
  /// - Throws: why the text cannot be the password of the account with this address.
  public func password(
    _ text: String, for address: EmailAddress?, isOperator: Bool = false
  ) throws(PasswordProblem) -> Password {
    // A code point is decomposed into four at most. A longer text is not composed at all.
    guard text.unicodeScalars.count <= 4 * Self.longest else { throw .tooLong }
    let password = Password(text)
    let count = password.text.unicodeScalars.count
    let minimum = isOperator ? max(self.minimum, Self.operatorMinimum) : self.minimum
    if count < minimum { throw .tooShort(minimum: minimum) }
    if count > Self.longest { throw .tooLong }
    let folded = password.text.lowercased()
    let core = folded.trimming { !$0.isLetter }
    if let address, Self.isPart(folded, of: address) { throw .isAddress }
    if Self.isCommon(folded, core) { throw .common }
    return password
  }

  /// Whether the text is the address or a part of it, alone or with nothing but digits and signs around it.
  private static func isPart(_ folded: String, of address: EmailAddress) -> Bool {
    let halves = address.canonical.split(separator: "@")
    let parts = halves.flatMap { [$0] + $0.split(whereSeparator: { ".-_+".contains($0) }) }
    return ([address.canonical[...]] + parts).contains { part in
      if part == folded { return true }
      guard part.count >= shortestPart, let range = folded.firstRange(of: part) else { return false }
      return !folded[..<range.lowerBound].contains(where: \.isLetter)
        && !folded[range.upperBound...].contains(where: \.isLetter)
    }
  }

  /// - Parameter core: the text without what stands before its first letter and after its last.
  private static func isCommon(_ folded: String, _ core: String) -> Bool {
    CommonPasswords.all.contains(folded) || CommonPasswords.all.contains(core)
      || Set(folded.unicodeScalars).count == 1 || folded.filter(\.isLetter) == product
  }
}

extension String {
  fileprivate func trimming(_ isOutside: (Character) -> Bool) -> String {
    String(String(drop(while: isOutside).reversed()).drop(while: isOutside).reversed())
  }
}
