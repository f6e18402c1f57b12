import Application
import Domain
import FoundationEssentials

extension InMemoryAccountRepository: PasswordAndEmailRepository {
  public func verifyEmail(by link: MailedAccountLink) async throws(IdentityError) {
    try changing(link) { state, row throws(IdentityError) in state.prove(&row) }
  }

  public func resetPassword(by link: MailedAccountLink, to hash: String) async throws(IdentityError) {
    let recent = clock.now() - Double(RecentWaysIn.days * 86_400)
    try changing(link) { state, row throws(IdentityError) in
      if row.account.emailVerified {
        state.removeWaysIn(&row, addedAfter: recent, cause: .passwordReset)
        state.factors[link.user]?.wrongCodes = 0
      } else {
        state.removeWaysIn(&row, cause: .passwordReset)
        row.account = row.account.with(name: .some(nil))
      }
      state.prove(&row)
      state.setPassword(hash, &row)
      state.forgetAttempts(for: row.account.email)
    }
    devices.endAllNow(of: link.user, cause: .passwordReset)
  }

  public func changePassword(
    of user: UserID, from old: String, to new: String, keeping device: DeviceID
  ) async throws(IdentityError) {
    try state.withLock { state throws(IdentityError) in
      guard var row = state.rows[user], !row.hasAddressProblem else { throw .accountGone }
      guard row.passwordHash == old else { throw .invalidCredentials }
      state.setPassword(new, &row)
      state.rows[user] = row
    }
    devices.endAllNow(of: user, except: device, cause: .passwordChanged)
  }

  public func changeEmail(by link: MailedAccountLink) async throws(IdentityError) {
    let now = clock.now()
    try changing(link) { state, row throws(IdentityError) in
      guard let new = link.newEmail else { throw .invalidLink }
      let before = row.account
      try state.setEmail(new, &row, at: now)
      if before.emailVerified {
        state.issue(.undoEmailChange, before, to: new, at: now)
      } else {
        state.told.append(EmailVerified(userID: before.id))
      }
    }
  }

  public func undoEmailChange(by link: MailedAccountLink) async throws(IdentityError) {
    try changing(link) { state, row throws(IdentityError) in
      try state.setEmail(link.email, &row, at: clock.now())
      row.passwordHash = nil
      row.account = row.account.with(hasPassword: false)
      state.removeWaysIn(&row, cause: .emailChangeUndone)
      let number = state.links[link.id]?.number ?? 0
      for (id, stored) in state.links
      where stored.link.user == link.user && stored.link.purpose == .undoEmailChange && stored.number > number {
        state.links[id] = nil
      }
    }
    devices.endAllNow(of: link.user, cause: .emailChanged)
  }

  /// Uses the link up, unless the change fails.
  private func changing(
    _ link: MailedAccountLink, _ body: (inout State, inout Row) throws(IdentityError) -> Void
  ) throws(IdentityError) {
    let now = clock.now()
    try state.withLock { state throws(IdentityError) in
      guard var row = state.rows[link.user], !row.hasAddressProblem else { throw .accountGone }
      guard state.open(link.id, at: now) == link else { throw .invalidLink }
      if row.account.isDisabled, !link.purpose.worksWhileDisabled { throw .accountDisabled }
      var changed = state
      changed.links[link.id]?.isUsed = true
      try body(&changed, &row)
      changed.rows[link.user] = row
      state = changed
    }
  }
}

extension InMemoryAccountRepository.State {
  fileprivate mutating func prove(_ row: inout InMemoryAccountRepository.Row) {
    if row.account.emailVerified { return }
    row.account = row.account.with(emailVerified: true)
    row.wasRegisteredAgain = false
    withdraw([.verifyEmail], of: row.account.id)
    forgetAttempts(for: row.account.email)
    told.append(EmailVerified(userID: row.account.id))
  }

  fileprivate mutating func setPassword(_ hash: String, _ row: inout InMemoryAccountRepository.Row) {
    row.passwordHash = hash
    row.account = row.account.with(hasPassword: true)
    withdraw([.resetPassword, .changeEmail], of: row.account.id)
    withdrawThoseThatChoosePassword(of: row.account.id)
    told.append(PasswordChanged(userID: row.account.id, changeID: UUID().uuidString))
  }

  fileprivate mutating func setEmail(
    _ email: EmailAddress, _ row: inout InMemoryAccountRepository.Row, at now: Date
  ) throws(IdentityError) {
    let id = row.account.id
    if keeps(email, from: id, at: now) { throw .emailTaken }
    if own.contains(where: { $0.account.email == email && $0.account.id != id }) { throw .emailTaken }
    row.account = row.account.with(email: email, emailVerified: true)
    withdraw([.verifyEmail, .resetPassword, .changeEmail, .reauthenticate], of: id)
  }

  /// Whether the address is kept for another account, which can still undo a change away from it.
  func keeps(_ email: EmailAddress, from user: UserID?, at now: Date) -> Bool {
    links.values.contains { stored in
      stored.link.purpose == .undoEmailChange && !stored.isUsed && stored.link.email == email
        && stored.link.user != user && now < stored.link.expiresAt
    }
  }
}
