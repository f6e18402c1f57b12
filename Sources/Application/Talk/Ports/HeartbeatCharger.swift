import Domain

/// A beat, with its user and token. Revocation and limit are checked in the same step that charges the talk.
public struct Heartbeat: Sendable {
  public let session: SessionID
  public let user: UserID
  public let device: DeviceID
  /// The token's `iat`, in seconds since 1970.
  public let issuedAt: Int64
  public let seq: Int64?

  public init(session: SessionID, user: UserID, device: DeviceID, issuedAt: Int64, seq: Int64?) {
    self.session = session
    self.user = user
    self.device = device
    self.issuedAt = issuedAt
    self.seq = seq
  }
}

public enum HeartbeatResult: Sendable, Equatable {
  case accepted(LiveTalk)
  case ended(LiveTalk)
  case limited
  case notFound
  case revoked
  /// The copy of the revocations is missing and not yet rebuilt, so all tokens are refused.
  case unknowable
}

public protocol HeartbeatCharger: Sendable {
  func beat(_ beat: Heartbeat) async throws(LiveTalkError) -> HeartbeatResult
  /// Does the same without a task that waits.
  /// - Parameter answered: called once, on any thread.
  func beat(_ beat: Heartbeat, answered: @escaping @Sendable (Result<HeartbeatResult, LiveTalkError>) -> Void)
}

extension HeartbeatCharger {
  public func beat(
    _ beat: Heartbeat, answered: @escaping @Sendable (Result<HeartbeatResult, LiveTalkError>) -> Void
  ) {
    Task {
      do throws(LiveTalkError) {
        answered(.success(try await self.beat(beat)))
      } catch {
        answered(.failure(error))
      }
    }
  }
}
