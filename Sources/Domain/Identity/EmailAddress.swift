/// An address that mail can be sent to: one `@`, a local part of up to 64 bytes with dots only between other characters
/// and nothing quoted, a domain with a dot, no white space and no control characters, at most 254 bytes (RFC 5321,
/// sections 4.1.2 and 4.5.3.1). Only a mail can show whether the address exists.
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
  public let text: String

  public init?(_ given: String) {
    let text = String(given.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    let bytes = Array(text.utf8)
    guard (6...254).contains(bytes.count), bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].utf8.count),
      parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty })
    else { return nil }
    let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, labels.allSatisfy(Self.isLabel) else { return nil }
    guard !text.utf8.contains(where: { Array("<>()[],;:\"\\".utf8).contains($0) }) else { return nil }
    self.text = text
  }

  /// The form for comparison, in which two spellings of one mailbox are equal. Mail is sent to the spelling that was
  /// given.
  public var canonical: String { text.lowercased() }

  /// What follows the `@`, as it was given.
  public var domain: Substring { text.split(separator: "@").last ?? "" }

  public static func == (left: EmailAddress, right: EmailAddress) -> Bool { left.canonical == right.canonical }
  public func hash(into hasher: inout Hasher) { hasher.combine(canonical) }
  public var description: String { text }

  private static func isLabel(_ label: Substring) -> Bool {
    !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
      && label.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || (0x30...0x39).contains($0) || $0 == 0x2D }
  }
}
