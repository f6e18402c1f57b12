import Application
import Domain
import Synchronization

/// The sign-ins of a network that are in progress, of which there is a maximum. Without it a thousand at once would all
/// read and count in Postgres before the queue of hashes refuses them, and other networks would wait for that.
final class SignInPlaces: Sendable {
  private let maximum: Int
  private let taken = Mutex<[ClientNetwork?: Int]>([:])

  init(maximum: Int = 64) { self.maximum = maximum }

  /// - Throws: `unavailable` if all places of the network are taken now.
  func requireFree(for network: ClientNetwork?) throws(IdentityError) {
    let isFree = taken.withLock { $0[network, default: 0] < maximum }
    if !isFree { throw .unavailable }
  }

  /// Runs the sign-in in a place of the network.
  /// - Throws: `unavailable` if all are taken.
  func withPlace<T>(of network: ClientNetwork?, _ body: () async throws -> T) async throws -> T {
    let isFree = taken.withLock { taken in
      guard taken[network, default: 0] < maximum else { return false }
      taken[network, default: 0] += 1
      return true
    }
    guard isFree else { throw IdentityError.unavailable }
    defer {
      taken.withLock { taken in
        let left = taken[network, default: 1] - 1
        taken[network] = left > 0 ? left : nil
      }
    }
    return try await body()
  }
}
