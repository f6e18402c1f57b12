import FoundationEssentials

/// The owner of an account, a wallet and its talks. The id stays when the e-mail address changes.
public struct UserID: Hashable, Sendable, Codable, CustomStringConvertible {
  public let uuid: UUID

  public init(_ uuid: UUID) { self.uuid = uuid }

  /// Reads the canonical text form; nil for anything else.
  public init?(_ text: String) {
    guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
    self.uuid = uuid
  }

  public init(from decoder: any Decoder) throws {
    uuid = try decoder.singleValueContainer().decode(UUID.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// Lower case, as Postgres prints it.
  public var description: String { uuid.canonical }
}
