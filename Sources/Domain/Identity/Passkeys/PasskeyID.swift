import FoundationEssentials

/// Our id of a passkey, which is not that of its credential.
public struct PasskeyID: Hashable, Sendable, CustomStringConvertible {
  public let uuid: UUID

  public init(_ uuid: UUID) { self.uuid = uuid }

  public init?(_ text: String) {
    guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
    self.uuid = uuid
  }

  public var description: String { uuid.canonical }
}
