import Domain
import FoundationEssentials

/// Stops new talks on all instances, or allows them again. Either action is logged first.
public struct PauseTalkStarts: Sendable {
  private let requests: any TalkStartPauseStore
  private let actions: any OperatorTalkActionLog
  private let clock: any WallClock

  public init(requests: any TalkStartPauseStore, actions: any OperatorTalkActionLog, clock: any WallClock) {
    self.requests = requests
    self.actions = actions
    self.clock = clock
  }

  /// - Returns: the request that is in force afterwards; a second request does not change the first.
  public func stop(reason: String, actor: String) async throws(TalkAdministrationError) -> TalkStartPause {
    guard let reason = Reason(reason) else { throw .invalidReason }
    if let standing = try await standing() { return standing }
    try await note(OperatorTalkAction(.drain, actor: actor, subject: "all", reason: reason))
    let request = TalkStartPause(reason: reason.text, actor: actor, since: clock.now())
    try await set(request)
    return request
  }

  public func resume(reason: String, actor: String) async throws(TalkAdministrationError) {
    guard let reason = Reason(reason) else { throw .invalidReason }
    guard try await standing() != nil else { return }
    try await note(OperatorTalkAction(.undrain, actor: actor, subject: "all", reason: reason))
    try await set(nil)
  }

  public func standing() async throws(TalkAdministrationError) -> TalkStartPause? {
    do { return try await requests.current() } catch { throw .unavailable }
  }

  private func set(_ request: TalkStartPause?) async throws(TalkAdministrationError) {
    do { try await requests.set(request) } catch { throw .unavailable }
  }

  private func note(_ action: OperatorTalkAction) async throws(TalkAdministrationError) {
    do { try await actions.note(action) } catch { throw .unavailable }
  }
}
