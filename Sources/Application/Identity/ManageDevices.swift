import Domain

/// Shows a user where they are signed in, and signs devices out from another one.
public struct ManageDevices: Sendable {
  private let devices: any DeviceRepository

  public init(devices: any DeviceRepository) { self.devices = devices }

  /// A page of devices, newest first.
  /// - Returns: the devices, and the beginning of the next page; nil on the last one.
  public func page(
    of user: UserID, after cursor: DeviceCursor?, limit: Int
  ) async throws(IdentityError) -> (items: [DeviceSummary], next: DeviceCursor?) {
    // One more than the page holds, to see whether another page follows.
    let found = try await devices.signedIn(user, after: cursor, limit: limit + 1)
    let items = Array(found.prefix(limit))
    guard found.count > limit, let last = items.last else { return (items, nil) }
    return (items, DeviceCursor(createdAt: last.createdAt, id: last.id))
  }

  /// - Throws: `deviceNotFound` for another user's device and for one that is not signed in.
  public func end(_ device: DeviceID, of claims: AccessTokenClaims) async throws(IdentityError) {
    let cause: DeviceEndCause = device == claims.deviceID ? .signedOut : .signedOutElsewhere
    guard try await devices.end(device, user: claims.userID, cause: cause) else { throw .deviceNotFound }
  }

  public func endOthers(of claims: AccessTokenClaims) async throws(IdentityError) {
    try await devices.endAll(of: claims.userID, except: claims.deviceID, cause: .signedOutElsewhere)
  }
}
