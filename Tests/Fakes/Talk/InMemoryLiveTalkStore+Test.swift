import Application
import Domain

/// The test's control of the store, and its view of the store's state.
extension InMemoryLiveTalkStore {
  /// Lets time pass with ticks. Their number makes no difference as long as the clock skips nothing.
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

  /// Makes the store unavailable for this time, in which its clock is not read.
  public func goAway(_ time: TalkTime) { state.withLock { $0.wall += time.milliseconds } }

  /// Begins another run of the store, which may have lost its last second. The next tick detects it.
  public func restart() { state.withLock { $0.run += 1 } }

  /// Deletes everything, including the copy of the revocations.
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

  /// Revokes all tokens of this user that were issued up to then.
  public func revokeAll(of user: UserID, issuedUpTo second: Int64) {
    state.withLock { state in
      state.cutoffs[user] = second
      state.say(.revoked(user, nil, upTo: second))
    }
  }

  public func knowRevocations(_ knows: Bool) { state.withLock { $0.knowsRevocations = knows } }

  /// - Parameter mishap: nil to let the step succeed again.
  public func happen(at step: Step, _ mishap: Mishap?) { state.withLock { $0.mishaps[step] = mishap } }

  /// The outcome of a talk's care plan, as its subscribers were told.
  public func plan(of session: SessionID) -> String? { state.withLock { $0.talks[session]?.plan } }

  /// The `session.ended` events so far.
  public var ended: [TalkEnded] { state.withLock { $0.ended } }

  /// The calls so far, in order.
  public var steps: [Step] { state.withLock { $0.steps } }
}
