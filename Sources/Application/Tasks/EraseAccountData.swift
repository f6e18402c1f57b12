import Domain

/// Erases what the task service has of a deleted account. Runs again until nothing can write more of it.
public struct EraseAccountData: TaskHandler {
  public let type = TaskType.accountErasure
  private let eraser: any TaskServiceAccountEraser

  public init(eraser: any TaskServiceAccountEraser) { self.eraser = eraser }

  /// A conversation may go on for a day, and its duration is known some time later.
  static let end = TaskRecheckSchedule(first: .seconds(1), longest: .seconds(900), patience: .seconds(3 * 86_400))

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let user = task.userID else { return .failed(code: "malformed_payload") }
    do {
      switch try await eraser.erase(user) {
      case .complete: return .completed
      case .unfinished: return task.wait(by: Self.end, orFail: "account_not_at_rest")
      }
    } catch {
      return .retry(code: "erasure_unavailable", after: .zero)
    }
  }
}
