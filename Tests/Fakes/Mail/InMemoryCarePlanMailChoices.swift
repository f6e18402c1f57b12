import Application
import Domain
import Synchronization

/// What users want the mails about care plans to hold, as a test sets it.
public final class InMemoryCarePlanMailChoices: CarePlanMailChoiceReader {
  private let choices = Mutex<[UserID: CarePlanMailKind]>([:])

  public init() {}

  public func choose(_ kind: CarePlanMailKind?, by user: UserID) { choices.withLock { $0[user] = kind } }

  public func chosenCarePlanMail(of user: UserID) async throws -> CarePlanMailKind? {
    choices.withLock { $0[user] }
  }
}
