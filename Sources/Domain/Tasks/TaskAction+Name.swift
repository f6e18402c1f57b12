extension TaskAction {
  /// As in the API and in payloads.
  public var name: String {
    switch self {
    case .retry: "retry"
    case .cancel: "cancel"
    case .runNow: "run_now"
    case .priority: "priority"
    }
  }

  public var priority: Int? {
    if case .priority(let priority) = self { priority } else { nil }
  }

  /// Nil for an unknown name, and for a priority that is missing, out of range or not wanted.
  public init?(name: String, priority: Int?) {
    switch (name, priority) {
    case ("retry", nil): self = .retry
    case ("cancel", nil): self = .cancel
    case ("run_now", nil): self = .runNow
    case ("priority", let priority?) where Self.priorities.contains(priority): self = .priority(priority)
    default: return nil
    }
  }
}
