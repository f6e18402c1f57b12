import Application
import Domain
import FoundationEssentials

extension InMemoryAccountRepository: MailedAccountLinkRepository {
  /// The ids of the links that mails were asked for, in order.
  public func requested(_ purpose: MailedAccountLinkPurpose = .verifyEmail) -> [String] {
    state.withLock { state in
      state.told.compactMap { event in
        if let request = event as? EmailVerificationRequested, purpose == .verifyEmail { return request.verificationID }
        guard let request = event as? MailedAccountLinkRequested, request.purpose == purpose else { return nil }
        return request.linkID
      }
    }
  }

  public func link(_ id: String) async throws(IdentityError) -> MailedAccountLink? {
    guard let uuid = UUID(uuidString: id) else { return nil }
    let now = clock.now()
    return state.withLock { $0.open(uuid.uuidString.lowercased(), at: now) }
  }

  public func countCodeTry(
    for purposes: Set<MailedAccountLinkPurpose>, of holder: MailedCodeHolder
  ) async throws(IdentityError) -> [MailedAccountLink] {
    let now = clock.now()
    return state.withLock { state in
      let user = state.own.first { row in
        switch holder {
        case .user(let id): row.account.id == id
        case .address(let address): row.account.email == address
        }
      }?.account.id
      let open = state.links.values.filter { stored in
        stored.link.user == user && purposes.contains(stored.link.purpose) && stored.codeTries < MailedCode.mostTries
          && !stored.link.choosesPassword && state.open(stored.link.id, at: now) != nil
      }
      for stored in open { state.links[stored.link.id]?.codeTries += 1 }
      return state.countComparisons(of: open.map(\.link), at: now)
    }
  }

  public func requestVerification(of user: UserID) async throws(IdentityError) {
    let now = clock.now()
    try state.withLock { state throws(IdentityError) in
      guard let row = state.rows[user], !row.hasAddressProblem, !row.account.emailVerified else { return }
      try state.countOrThrow(.verifyEmail, to: row.account.email, at: now)
      state.issue(.verifyEmail, row.account, at: now)
    }
  }

  public func requestPasswordReset(of email: EmailAddress, isRegistration: Bool) async throws(IdentityError) {
    let now = clock.now()
    state.withLock { state in
      if isRegistration, let row = state.own.first(where: { $0.account.email == email }), !row.account.emailVerified {
        state.letVerificationsChoosePassword(of: row.account.id)
      }
      guard state.count(.resetPassword, to: email, at: now),
        let row = state.own.first(where: { $0.account.email == email }), !row.account.isDisabled
      else { return }
      state.issue(.resetPassword, row.account, at: now)
    }
  }

  public func requestEmailChange(of user: UserID, to email: EmailAddress) async throws(IdentityError) {
    let now = clock.now()
    try state.withLock { state throws(IdentityError) in
      guard let row = state.rows[user], !row.hasAddressProblem else { throw .accountGone }
      if row.account.email.text == email.text { throw .emailTaken }
      try state.countOrThrow(.changeEmail, to: email, at: now)
      state.withdraw([.changeEmail], of: user)
      state.issue(.changeEmail, row.account, to: email, at: now)
    }
  }

  public func requestReauthentication(of user: UserID) async throws(IdentityError) {
    let now = clock.now()
    try state.withLock { state throws(IdentityError) in
      guard let row = state.rows[user], !row.hasAddressProblem else { throw .accountGone }
      try state.countOrThrow(.reauthenticate, to: row.account.email, at: now)
      state.issue(.reauthenticate, row.account, at: now)
    }
  }

  public func use(_ link: MailedAccountLink) async throws(IdentityError) -> Bool {
    let now = clock.now()
    return state.withLock { state in
      guard state.open(link.id, at: now) == link else { return false }
      state.links[link.id]?.isUsed = true
      return true
    }
  }
}

extension InMemoryAccountRepository.State {
  fileprivate mutating func countOrThrow(
    _ purpose: MailedAccountLinkPurpose, to email: EmailAddress, at now: Date
  ) throws(IdentityError) {
    guard count(purpose, to: email, at: now) else {
      throw .mailLimit(retryAfter: .seconds(wait(for: purpose, to: email, at: now).rounded(.up)))
    }
  }

  func open(_ id: String, at now: Date) -> MailedAccountLink? {
    guard let stored = links[id], !stored.isUsed, now < stored.link.expiresAt,
      let row = rows[stored.link.user], !row.hasAddressProblem,
      stored.link.purpose == .undoEmailChange || row.account.email == stored.link.email
    else { return nil }
    return stored.link
  }
}
