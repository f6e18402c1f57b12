import Application
import Synchronization

/// What a worker knows of claims whose replies from the database were lost, or came too late.
final class LostClaimReplies: Sendable {
  private enum State {
    case none
    /// A claim may have taken tasks that nobody here knows of.
    case suspected
    /// They are being looked for.
    case wanted(LostTasks)

    var isNone: Bool { if case .none = self { true } else { false } }

    var isSuspected: Bool { if case .suspected = self { true } else { false } }

    var wanted: LostTasks? { if case .wanted(let lost) = self { lost } else { nil } }
  }

  private let state = Mutex(State.none)

  /// Whether there is none but those whose tasks were put back.
  var isEmpty: Bool { state.withLock(\.isNone) }

  var isSuspected: Bool { state.withLock(\.isSuspected) }

  /// What is to be looked for.
  var wanted: LostTasks? { state.withLock(\.wanted) }

  /// A look for an earlier claim need not go on: that of this one finds its tasks, too.
  func suspect() { state.withLock { $0 = .suspected } }

  func want(_ lost: LostTasks) { state.withLock { $0 = .wanted(lost) } }

  /// The tasks were put back. What a claim since then without a reply has taken is still to be looked for.
  func found(_ lost: LostTasks) {
    state.withLock { state in
      if state.wanted == lost { state = .none }
    }
  }
}
