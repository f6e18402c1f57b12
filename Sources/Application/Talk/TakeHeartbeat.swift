import Domain

/// One beat: one step in the store of live talks, nothing else. The next slice is asked for in the background.
public struct TakeHeartbeat: Sendable {
  private let live: any HeartbeatRecorder
  private let slices: any SliceRequestQueue

  public init(live: any HeartbeatRecorder, slices: any SliceRequestQueue) {
    self.live = live
    self.slices = slices
  }

  public func callAsFunction(_ beat: Heartbeat) async throws(LiveTalkError) -> HeartbeatResult {
    let answer = try await live.beat(beat)
    askForSlice(answer, beat)
    return answer
  }

  /// The same for whoever holds many talks at once and has no task for each.
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
