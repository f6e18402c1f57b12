import Application
import Domain
import FoundationEssentials

extension InMemoryAccountRepository: ConsentRepository, ConsentReader {
  public func give(_ version: ConsentVersion, by user: UserID) async throws(IdentityError) {
    let now = clock.now()
    try state.withLock { state throws(IdentityError) in
      guard state.own.contains(where: { $0.account.id == user }) else { throw .accountGone }
      var given = state.consents[user] ?? []
      guard !given.contains(where: { $0.version == version.text }) else { return }
      given.insert(GivenConsent(version: version.text, givenAt: now), at: 0)
      state.consents[user] = given
    }
  }

  public func hasConsented(_ user: UserID, to version: ConsentVersion) async throws(TalkLedgerError) -> Bool {
    state.withLock { $0.consents[user]?.contains { $0.version == version.text } == true }
  }
}
