import FoundationEssentials

/// A signed-in device: one family of refresh tokens. Its id is the `sid` of every access token that is issued to the
/// device.
public struct DeviceID: Hashable, Sendable, CustomStringConvertible {
  public let uuid: UUID

  public init(_ uuid: UUID) { self.uuid = uuid }

  public init?(_ text: String) {
    guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
    self.uuid = uuid
  }

  public var description: String { uuid.canonical }
}
