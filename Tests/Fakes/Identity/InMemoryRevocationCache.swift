import Application
import Domain
import FoundationEssentials
import Synchronization

/// The copy of the revocations in memory. Like the real one, it accepts no token until it is complete, can lose
/// everything, and keeps a user's revocations for 25 hours after the last, an hour longer than a token is valid.
public final class InMemoryRevocationCache: RevocationChecker, RevocationCache {
  public struct StoreIsAway: Error {}

  private struct Ended {
    var devices: Set<DeviceID> = []
    var cutoff: Int64?
    var keptUntil = Duration.zero
  }

  private struct State {
    var now = Duration.zero
    var isWhole = false
    var isAway = false
    var users: [UserID: Ended] = [:]

    mutating func change(_ user: UserID, _ edit: (inout Ended) -> Void) {
      var ended = users[user].flatMap { $0.keptUntil > now ? $0 : nil } ?? Ended()
      edit(&ended)
      ended.keptUntil = now + .seconds(90_000)
      users[user] = ended
    }
  }

  private let state = Mutex(State())

  public init() {}

  public func advance(_ duration: Duration) { state.withLock { $0.now += duration } }

  /// Whether the store cannot be reached.
  public func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

  /// Loses everything, as a Redis that comes back empty.
  public func lose() {
    state.withLock { state in
      state.isWhole = false
      state.users = [:]
    }
  }

  public func isRevoked(_ claims: AccessTokenClaims) async throws(AccessTokenError) -> Bool {
    try state.withLock { state throws(AccessTokenError) in
      guard state.isWhole, !state.isAway else { throw .revocationsUnavailable }
      guard let ended = state.users[claims.userID], ended.keptUntil > state.now else { return false }
      if ended.devices.contains(claims.deviceID) { return true }
      return ended.cutoff.map { Int64(claims.issuedAt.timeIntervalSince1970) <= $0 } ?? false
    }
  }

  public func revoke(_ device: DeviceID, user: UserID) async throws {
    try whileThere { state in state.change(user) { $0.devices.insert(device) } }
  }

  public func isComplete() async throws -> Bool { try whileThere { $0.isWhole } }

  public func fill(with revocations: [Revocation], whole: Bool) async throws {
    try whileThere { state in
      for revocation in revocations {
        let cutoff = Int64(revocation.cutoff.timeIntervalSince1970)
        state.change(revocation.user) { ended in
          if let device = revocation.device {
            ended.devices.insert(device)
          } else {
            ended.cutoff = max(ended.cutoff ?? cutoff, cutoff)
          }
        }
      }
      if whole { state.isWhole = true }
    }
  }

  private func whileThere<T>(_ body: (inout State) -> T) throws -> T {
    try state.withLock { state in
      guard !state.isAway else { throw StoreIsAway() }
      return body(&state)
    }
  }
}
