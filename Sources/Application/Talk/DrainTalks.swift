import Domain
import FoundationEssentials

/// An operator's word that no talk starts anywhere for now. Those that go on go on.
public struct DrainOrder: Sendable, Equatable, Codable {
  public let reason: String
  public let actor: String
  public let since: Date

  public init(reason: String, actor: String, since: Date) {
    self.reason = reason
    self.actor = actor
    self.since = since
  }
}

/// Where all instances look.
public protocol DrainOrderStore: Sendable {
  func order() async throws(LiveTalkError) -> DrainOrder?
  /// - Parameter order: nil takes it back.
  func set(_ order: DrainOrder?) async throws(LiveTalkError)
}

public enum AdmissionError: StableError {
  /// This instance is going down, or an operator has stopped new talks everywhere.
  case draining
  case unavailable

  public var code: String {
    switch self {
    case .draining: "draining"
    case .unavailable: "talks_unavailable"
    }
  }
}

/// Whether a talk may start here now. Nothing else asks: beats, ends and reads are served to the last moment.
public struct AdmitTalk: Sendable {
  private let orders: any DrainOrderStore
  private let isLeaving: @Sendable () -> Bool

  /// - Parameter isLeaving: whether this instance has been told to go.
  public init(orders: any DrainOrderStore, isLeaving: @escaping @Sendable () -> Bool) {
    self.orders = orders
    self.isLeaving = isLeaving
  }

  public func callAsFunction() async throws(AdmissionError) {
    if isLeaving() { throw .draining }
    let order: DrainOrder?
    do { order = try await orders.order() } catch { throw .unavailable }
    if order != nil { throw .draining }
  }
}

/// Stops new talks on all instances, or lets them start again. Either is written down first.
public struct DrainTalks: Sendable {
  private let orders: any DrainOrderStore
  private let actions: any TalkActionLog
  private let clock: any WallClock

  public init(orders: any DrainOrderStore, actions: any TalkActionLog, clock: any WallClock) {
    self.orders = orders
    self.actions = actions
    self.clock = clock
  }

  /// - Returns: the order that stands after it; a second one does not change the first.
  public func stop(reason: String, actor: String) async throws(OperatorEndError) -> DrainOrder {
    guard let reason = Reason(reason) else { throw .invalidReason }
    if let standing = try await standing() { return standing }
    try await note(TalkAction(.drain, actor: actor, subject: "all", reason: reason))
    let order = DrainOrder(reason: reason.text, actor: actor, since: clock.now())
    try await set(order)
    return order
  }

  public func resume(reason: String, actor: String) async throws(OperatorEndError) {
    guard let reason = Reason(reason) else { throw .invalidReason }
    guard try await standing() != nil else { return }
    try await note(TalkAction(.undrain, actor: actor, subject: "all", reason: reason))
    try await set(nil)
  }

  public func standing() async throws(OperatorEndError) -> DrainOrder? {
    do { return try await orders.order() } catch { throw .unavailable }
  }

  private func set(_ order: DrainOrder?) async throws(OperatorEndError) {
    do { try await orders.set(order) } catch { throw .unavailable }
  }

  private func note(_ action: TalkAction) async throws(OperatorEndError) {
    do { try await actions.note(action) } catch { throw .unavailable }
  }
}
