import Application
import Domain
import FoundationEssentials

extension InMemoryAccountRepository: AccountExportReader {
  public func export(of user: UserID) async throws(IdentityError) -> AccountExport? {
    let devices = devices.exported(of: user)
    return state.withLock { state in
      guard let row = state.own.first(where: { $0.account.id == user }) else { return nil }
      let links = state.links.values.filter { $0.link.user == user }.sorted { $0.number > $1.number }
      return AccountExport(
        account: row.account, googleSubject: row.googleSubject, googleLinkedAt: row.googleLinkedAt,
        emailVerifiedAt: nil, lastSignIn: nil, devices: devices,
        links: links.map {
          AccountExport.MailedLink(
            purpose: $0.link.purpose.rawValue, email: $0.link.email.text, newEmail: $0.link.newEmail?.text,
            requestedAt: $0.link.expiresAt - Double($0.link.purpose.life.components.seconds),
            expiresAt: $0.link.expiresAt, usedAt: nil)
        },
        consents: state.consents[user] ?? [],
        passkeys: state.passkeys(of: user).sorted { $0.number > $1.number }.map(\.summary),
        secondFactorSince: state.factors[user]?.confirmedAt, carePlanMail: row.carePlanMail, events: [])
    }
  }
}
