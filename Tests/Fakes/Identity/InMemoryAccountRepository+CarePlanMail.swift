import Application
import Domain

extension InMemoryAccountRepository: CarePlanMailChoiceRepository, CarePlanMailChoiceReader {
  public func carePlanMail(of user: UserID) async throws(IdentityError) -> CarePlanMailKind? {
    try state.withLock { state throws(IdentityError) in
      guard let row = state.own.first(where: { $0.account.id == user }) else { throw .accountGone }
      return row.carePlanMail
    }
  }

  public func chooseCarePlanMail(_ choice: CarePlanMailKind?, by user: UserID) async throws(IdentityError) {
    let now = clock.now()
    try state.withLock { state throws(IdentityError) in
      guard var row = state.own.first(where: { $0.account.id == user }) else { throw .accountGone }
      if row.carePlanMail == choice { return }
      (row.carePlanMail, row.carePlanMailChosenAt) = (choice, now)
      state.rows[user] = row
    }
  }

  public func chosenCarePlanMail(of user: UserID) async throws -> CarePlanMailKind? {
    state.withLock { $0.own.first { $0.account.id == user }?.carePlanMail }
  }
}
