import Application
import Domain
import FoundationEssentials

extension InMemoryAccountRepository.State {
  /// Removes all ways to sign in but the password, with an operator's rights; or those that were added after a moment.
  mutating func removeWaysIn(
    _ row: inout InMemoryAccountRepository.Row, addedAfter moment: Date? = nil,
    cause: WaysInRemovalCause
  ) {
    let user = row.account.id
    func goes(_ added: Date?) -> Bool { moment.map { moment in added.map { $0 > moment } ?? false } ?? true }
    let before = passkeys(of: user).count
    passkeys.removeAll { $0.stored.user == user && goes($0.summary.createdAt) }
    let removed = before - passkeys(of: user).count
    var hadApp = false
    if let factor = factors[user] {
      let isConfirmed = factor.lastStep != nil
      if !isConfirmed || goes(factor.confirmedAt) {
        factors[user] = nil
        hadApp = isConfirmed
      }
    }
    let hadGoogle = row.googleSubject != nil && goes(row.googleLinkedAt)
    if hadGoogle { (row.googleSubject, row.googleLinkedAt) = (nil, nil) }
    if goes(row.carePlanMailChosenAt) { row.carePlanMail = nil }
    let isBare = factors[user] == nil && passkeys(of: user).isEmpty
    let losesRights = moment == nil || isBare
    row.account = row.account.with(
      googleLinked: row.googleSubject != nil, hasSecondFactor: factors[user]?.lastStep != nil,
      hasPasskey: !passkeys(of: user).isEmpty, scope: losesRights ? [] : row.account.scope,
      operatorRole: losesRights ? .some(nil) : nil)
    guard removed > 0 || hadApp || hadGoogle else { return }
    told.append(
      WaysInRemoved(
        userID: user, changeID: UUID().uuidString, cause: cause, passkeys: removed, authenticatorApp: hadApp,
        google: hadGoogle))
  }
}
