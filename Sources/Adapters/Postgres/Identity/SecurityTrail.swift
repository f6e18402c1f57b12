import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Records security events in the transaction of the change that they report, with the origin of the request.
enum SecurityTrail {
  /// - Parameters:
  ///   - device: that the event is about; nil for the device of the request.
  static func append(
    _ kind: SecurityEventKind, of user: UserID, device: DeviceID? = nil, detail: String? = nil,
    in session: some PostgresStatementRunner
  ) async throws {
    let origin = RequestOrigin.current
    try await session.query(
      """
      INSERT INTO security_events (user_id, kind, network, device_id, request_id, detail)
      VALUES (\(user.uuid), \(kind.rawValue), \(origin?.network?.description), \((device ?? origin?.device)?.uuid),
        \(origin?.requestID), \(detail))
      """)
  }

  /// Records the end of each of these devices.
  static func append(
    ended: [Revocation], cause: DeviceEndCause, in session: some PostgresStatementRunner
  ) async throws {
    let origin = RequestOrigin.current
    let devices = ended.compactMap { $0.device?.uuid }
    guard let user = ended.first?.user, !devices.isEmpty else { return }
    try await session.query(
      """
      INSERT INTO security_events (user_id, kind, network, device_id, request_id, detail)
      SELECT \(user.uuid), \(SecurityEventKind.deviceEnded.rawValue), \(origin?.network?.description), device,
        \(origin?.requestID), \(cause.rawValue)
      FROM unnest(\(devices)) AS device
      """)
  }
}
