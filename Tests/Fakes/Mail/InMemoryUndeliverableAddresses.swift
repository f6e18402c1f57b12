import Application
import Domain
import Synchronization

/// Undeliverable addresses in memory.
public final class InMemoryUndeliverableAddresses: UndeliverableAddressRepository {
  struct Away: Error {}

  private struct State {
    var causes: [EmailAddress: UndeliverableCause] = [:]
    var isAway = false
  }

  private let state = Mutex(State())

  public init() {}

  public var causes: [EmailAddress: UndeliverableCause] { state.withLock(\.causes) }

  /// Whether every call fails.
  public var isAway: Bool {
    get { state.withLock(\.isAway) }
    set { state.withLock { $0.isAway = newValue } }
  }

  public func contains(_ address: EmailAddress) async throws -> Bool {
    try state.withLock {
      if $0.isAway { throw Away() }
      return $0.causes[address] != nil
    }
  }

  public func add(_ address: EmailAddress, because cause: UndeliverableCause) async throws {
    try state.withLock {
      if $0.isAway { throw Away() }
      $0.causes[address] = cause
    }
  }
}
