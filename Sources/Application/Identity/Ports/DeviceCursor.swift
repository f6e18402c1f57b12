import Domain
import FoundationEssentials

/// The end of a page of devices, newest first; the next page begins after it.
public struct DeviceCursor: Sendable, Equatable {
  public let createdAt: Date
  public let id: DeviceID

  public init(createdAt: Date, id: DeviceID) {
    self.createdAt = createdAt
    self.id = id
  }

  /// Reads what `text` wrote; nil for any other text, and for a time that no device can have.
  public init?(_ text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, let moment = Int64(parts[0]), Self.moments.contains(moment),
      let id = DeviceID(String(parts[1]))
    else { return nil }
    self.init(createdAt: Date(unixMicroseconds: moment), id: id)
  }

  /// Microseconds since 1970, as the store keeps them, and the device's id.
  public var text: String { "\(createdAt.unixMicroseconds) \(id)" }

  /// Up to the year 2100.
  private static let moments: ClosedRange<Int64> = 0...4_102_444_800_000_000
}
