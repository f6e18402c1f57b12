import Application
import Domain
import FoundationEssentials
import Synchronization

/// Devices and their refresh tokens in memory: a token is valid once, and reuse of the one before it ends its device.
public final class InMemoryDeviceRepository: DeviceRepository {
  private struct Row {
    let user: UserID
    let authenticatedAt: Date
    var token: [UInt8]
    var previous: [UInt8]?
    var expiresAt: Date
    var isEnded = false
  }

  /// 60 days.
  private static let life: Double = 60 * 24 * 3_600
  private let clock: FakeClock
  private let rows = Mutex<[DeviceID: Row]>([:])

  public init(clock: FakeClock = FakeClock()) { self.clock = clock }

  /// The devices that were ended.
  public var ended: Set<DeviceID> { rows.withLock { Set($0.filter(\.value.isEnded).keys) } }

  /// The devices that can still refresh.
  public var open: Set<DeviceID> { rows.withLock { Set($0.filter { !$0.value.isEnded }.keys) } }

  public func open(
    _ device: DeviceID, user: UserID, tokenHash: [UInt8], userAgent: String?
  ) async throws(IdentityError) {
    let now = clock.now()
    try rows.withLock { rows throws(IdentityError) in
      guard rows[device] == nil, !rows.values.contains(where: { $0.token == tokenHash }) else { throw .unavailable }
      rows[device] = Row(user: user, authenticatedAt: now, token: tokenHash, expiresAt: now + Self.life)
    }
  }

  public func rotate(_ tokenHash: [UInt8], to newHash: [UInt8]) async throws(IdentityError) -> RotationResult {
    let now = clock.now()
    return rows.withLock { rows in
      let found = rows.first { _, row in
        (row.token == tokenHash || row.previous == tokenHash) && !row.isEnded && now < row.expiresAt
      }
      guard let (device, row) = found else { return .unknown }
      guard row.token == tokenHash else {
        rows[device]?.isEnded = true
        return .replayed
      }
      rows[device]?.previous = row.token
      rows[device]?.token = newHash
      rows[device]?.expiresAt = now + Self.life
      return .rotated(device: device, user: row.user, authenticatedAt: row.authenticatedAt)
    }
  }

  public func end(_ device: DeviceID, user: UserID) async throws(IdentityError) {
    rows.withLock { rows in if rows[device]?.user == user { rows[device]?.isEnded = true } }
  }
}
