import Application
import Domain

/// What a test does to the store, and what it sees of it.
extension InMemoryLiveTalkStore {
  /// Lets time pass with ticks; how many makes no difference as long as the clock skips nothing.
  public func advance(_ time: TalkTime) {
    state.withLock { state in
      var left = time.milliseconds
      while left > 0 {
        let step = min(left, 500)
        state.wall += step
        left -= step
        state.tick()
      }
    }
  }

  /// The store is away for so long: nobody looks at its clock meanwhile.
  public func goAway(_ time: TalkTime) { state.withLock { $0.wall += time.milliseconds } }

  /// It is another run of the store, which may have lost its last second; the next tick finds out.
  public func restart() { state.withLock { $0.run += 1 } }

  /// Everything is lost, the copy of the revocations too.
  public func flush() {
    state.withLock { state in
      (state.talks, state.live, state.clocks, state.ended) = ([:], [:], [:], [])
      (state.revokedDevices, state.cutoffs, state.knowsRevocations) = ([], [:], false)
    }
  }

  public func revoke(_ device: DeviceID, of user: UserID) {
    state.withLock { state in
      state.revokedDevices.insert(device)
      state.say(.revoked(user, device, upTo: 0))
    }
  }

  /// No token of this user that was issued up to then is good.
  public func revokeAll(of user: UserID, issuedUpTo second: Int64) {
    state.withLock { state in
      state.cutoffs[user] = second
      state.say(.revoked(user, nil, upTo: second))
    }
  }

  public func knowRevocations(_ knows: Bool) { state.withLock { $0.knowsRevocations = knows } }

  /// - Parameter mishap: nil to let it go well again.
  public func happen(at step: Step, _ mishap: Mishap?) { state.withLock { $0.mishaps[step] = mishap } }

  /// The `session.ended` events so far.
  public var ended: [SessionEnded] { state.withLock { $0.ended } }

  /// The steps that were taken, in order.
  public var steps: [Step] { state.withLock { $0.steps } }
}
