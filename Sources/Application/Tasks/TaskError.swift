/// Why a task cannot be shown, retried or cancelled.
public enum TaskError: StableError {
  /// The store cannot be reached; nothing was changed.
  case unavailable
  /// There is no such task, or it belongs to another user.
  case notFound
  /// The task's state does not allow it.
  case stateForbids
  /// The reason is missing or not a reason.
  case invalidReason
  /// The filter has no condition.
  case emptyFilter
  /// The filter's times end before they begin.
  case noTime
  /// This build does not know the type of the filter, and the action concerns no task of it.
  case unknownType
  /// The times of a list's filter end before they begin.
  case noListTime
  /// This build does not know the type of a list's filter, and no task of it was found.
  case unknownListType

  public var code: String {
    switch self {
    case .unavailable: "tasks_unavailable"
    case .notFound: "not_found"
    case .stateForbids: "task_state"
    case .invalidReason: "invalid_reason"
    case .emptyFilter: "empty_filter"
    case .noTime: "no_time"
    case .unknownType: "unknown_type"
    case .noListTime: "no_list_time"
    case .unknownListType: "unknown_list_type"
    }
  }
}
