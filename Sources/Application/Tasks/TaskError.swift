/// Why a task cannot be shown or steered.
public enum TaskError: StableError {
  /// The store cannot be reached; nothing was changed.
  case unavailable
  /// No such task, or another's.
  case notFound
  /// The state of the task forbids it.
  case stateForbids

  public var code: String {
    switch self {
    case .unavailable: "tasks_unavailable"
    case .notFound: "not_found"
    case .stateForbids: "task_state"
    }
  }
}
