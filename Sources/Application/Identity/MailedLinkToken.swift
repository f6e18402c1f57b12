import FoundationEssentials

/// The token of a mailed link: the row's id and the secret.
public struct MailedLinkToken: Sendable {
  public let id: String
  public let secret: String

  public init(id: String, secret: String) {
    self.id = id
    self.secret = secret
  }

  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 36, UUID(uuidString: String(parts[0])) != nil, !parts[1].isEmpty
    else { return nil }
    id = parts[0].lowercased()
    secret = String(parts[1])
  }

  public var text: String { "\(id).\(secret)" }

  /// Compares in constant time.
  func matches(_ expected: String) -> Bool {
    let (left, right) = (Array(secret.utf8), Array(expected.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
