import Application
import FoundationEssentials
import Synchronization

/// Used credentials in memory, which are never forgotten.
public final class InMemoryUsedCredentialStore: UsedCredentialStore {
  private let used = Mutex<[[UInt8]: Date]>([:])

  public init() {}

  /// The digests, with the moments until which each is remembered.
  public var all: [[UInt8]: Date] { used.withLock { $0 } }

  public func isUsed(_ digest: [UInt8]) async throws(IdentityError) -> Bool { used.withLock { $0[digest] != nil } }

  public func use(_ digest: [UInt8], expiry: Date) async throws(IdentityError) -> Bool {
    used.withLock { used in
      guard used[digest] == nil else { return false }
      used[digest] = expiry
      return true
    }
  }
}
