import FoundationEssentials

/// The id of an event. It is the same on every delivery, so that an inbox can drop an event that it has seen.
public struct EventID: Hashable, Sendable, CustomStringConvertible {
  public let text: String

  public init(_ uuid: UUID) { text = uuid.uuidString.lowercased() }

  /// 1 to 200 visible ASCII characters.
  public init?(_ text: String) {
    guard (1...200).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    self.text = text
  }

  public var description: String { text }
}
