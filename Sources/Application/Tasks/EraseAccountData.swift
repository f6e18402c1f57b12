import Domain

/// Erases what the task service has of a deleted account. Runs again until nothing can write more of it. It looks at
/// the account itself, because the task comes from an event, and whoever can write to the bus can make an event.
public struct EraseAccountData: TaskHandler {
  public let type = TaskType.accountErasure
  private let accounts: any DeletedAccountReader
  private let eraser: any TaskServiceAccountEraser

  public init(accounts: any DeletedAccountReader, eraser: any TaskServiceAccountEraser) {
    self.accounts = accounts
    self.eraser = eraser
  }

  /// As long as an erasure is tried at all. A conversation is open until its duration is known, and while ElevenLabs
  /// does not tell it, for `DurationCheckSchedule.patience`. Who gave up before that would leave its record there.
  static let end = TaskRecheckSchedule(
    first: .seconds(1), longest: .seconds(900), patience: TaskType.accountErasure.giveUpAfter)

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let user = task.userID else { return .failed(code: FailedErasure.malformed) }
    do {
      guard try await accounts.isDeleted(user) else { return .failed(code: FailedErasure.notDeleted) }
      switch try await eraser.erase(user) {
      case .complete: return .completed
      case .unfinished: return task.wait(by: Self.end, orFail: "account_not_at_rest")
      }
    } catch {
      return .retry(code: "erasure_unavailable", after: .zero)
    }
  }
}
