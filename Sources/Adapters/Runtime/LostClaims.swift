import Application
import Synchronization

/// What a worker knows of claims whose answers were lost.
final class LostClaims: Sendable {
  private enum State {
    case none
    /// A claim may have taken tasks that nobody here knows of.
    case suspected
    /// They are being looked for.
    case wanted(LostTasks)
  }

  private let state = Mutex(State.none)

  /// Whether no answer was lost but those whose tasks were put back.
  var isEmpty: Bool { state.withLock { if case .none = $0 { true } else { false } } }

  var isSuspected: Bool { state.withLock { if case .suspected = $0 { true } else { false } } }

  /// What is to be looked for.
  var wanted: LostTasks? { state.withLock { if case .wanted(let lost) = $0 { lost } else { nil } } }

  /// A look for an earlier claim need not go on: that of this one finds its tasks, too.
  func suspect() { state.withLock { $0 = .suspected } }

  func want(_ lost: LostTasks) { state.withLock { $0 = .wanted(lost) } }

  /// The tasks were put back. A claim that was lost since then is still to be looked for.
  func found(_ lost: LostTasks) {
    state.withLock { state in
      if case .wanted(lost) = state { state = .none }
    }
  }
}
