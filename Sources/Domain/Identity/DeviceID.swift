import FoundationEssentials

/// A signed-in device: one refresh family. It is the `sid` of every access token that the device gets.
public struct DeviceID: Hashable, Sendable, CustomStringConvertible {
  public let uuid: UUID

  public init(_ uuid: UUID) { self.uuid = uuid }

  public init?(_ text: String) {
    guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
    self.uuid = uuid
  }

  public var description: String { uuid.canonical }
}
