import Domain

/// Handles one beat in a single step in the store of live talks. The next slice is requested in the background.
public struct TakeHeartbeat: Sendable {
  private let live: any HeartbeatCharger
  private let slices: any SliceRequestQueue

  public init(live: any HeartbeatCharger, slices: any SliceRequestQueue) {
    self.live = live
    self.slices = slices
  }

  public func callAsFunction(_ beat: Heartbeat) async throws(LiveTalkError) -> HeartbeatResult {
    let answer = try await live.beat(beat)
    askForSlice(answer, beat)
    return answer
  }

  /// Does the same for a caller that serves many talks and has no task for each.
  /// - Parameter answered: called once, on any thread.
  public func take(
    _ beat: Heartbeat, answered: @escaping @Sendable (Result<HeartbeatResult, LiveTalkError>) -> Void
  ) {
    live.beat(beat) { result in
      if case .success(let answer) = result { askForSlice(answer, beat) }
      answered(result)
    }
  }

  private func askForSlice(_ answer: HeartbeatResult, _ beat: Heartbeat) {
    if case .accepted(let talk) = answer, talk.wantsSlice { slices.ask(for: talk, user: beat.user) }
  }
}
