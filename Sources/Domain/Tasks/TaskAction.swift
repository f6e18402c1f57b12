/// What an operator does to tasks.
public enum TaskAction: Sendable, Equatable {
  /// Tasks that ended without success, or whose type was not known, begin anew.
  case retry
  /// Tasks that have not begun never will, and running ones are asked to stop.
  case cancel
  /// Tasks that wait are due at once.
  case runNow
  /// Tasks that have not begun get this priority; a higher one comes first.
  case priority(Int)

  public static let priorities = -100...100

  /// The states of the tasks that it can change.
  public var states: [TaskState] {
    switch self {
    case .retry: TaskState.allCases.filter(\.canRetry)
    case .cancel: TaskState.allCases.filter(\.canCancel)
    case .runNow, .priority: [.pending]
    }
  }
}
