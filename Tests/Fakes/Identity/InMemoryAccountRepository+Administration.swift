import Application
import Domain
import FoundationEssentials

extension InMemoryAccountRepository: UserAdministration {
  /// The operators' changes so far, such as `user.disable`.
  public var audited: [String] { state.withLock { $0.audited } }

  public func users(email: String) async throws(UserAdministrationError) -> [AdministeredUser] {
    state.withLock { state in
      state.rows.values.filter { $0.account.email.text.lowercased() == email.lowercased() && $0.deletedAt == nil }
        .map(Self.administered).sorted { ($0.createdAt, $0.id.description) < ($1.createdAt, $1.id.description) }
    }
  }

  public func user(_ id: UserID) async throws(UserAdministrationError) -> AdministeredUser {
    try state.withLock { state throws(UserAdministrationError) in
      guard let row = state.rows[id], row.deletedAt == nil else { throw .userNotFound }
      return Self.administered(row)
    }
  }

  /// Adds an event to the trail of an account.
  public func appendEvent(_ kind: String, of user: UserID) {
    let now = clock.now()
    state.withLock { state in
      let number = Int64(state.events.values.map(\.count).reduce(0, +) + 1)
      state.events[user, default: []].append(
        SecurityEvent(number: number, at: now, kind: kind, network: nil, device: nil, detail: nil))
    }
  }

  public func events(
    of user: UserID, before number: Int64?, limit: Int, actor: String
  ) async throws(UserAdministrationError) -> [SecurityEvent] {
    try state.withLock { state throws(UserAdministrationError) in
      guard let row = state.rows[user], row.deletedAt == nil else { throw .userNotFound }
      state.audited.append("user.read_trail")
      return Array((state.events[user] ?? []).filter { $0.number < number ?? .max }.reversed().prefix(limit))
    }
  }

  public func disable(
    _ user: UserID, reason: Reason, actor: String
  ) async throws(UserAdministrationError) -> AdministeredUser {
    let now = clock.now()
    let (answer, isNew) = try set(user, "user.disable", disabledAt: now)
    if isNew {
      state.withLock { $0.told.append(UserDisabled(userID: user)) }
      devices.close(user, cause: .accountDisabled)
    }
    return answer
  }

  public func enable(
    _ user: UserID, reason: Reason, actor: String
  ) async throws(UserAdministrationError) -> AdministeredUser {
    let (answer, isNew) = try set(user, "user.enable", disabledAt: nil)
    if isNew { devices.reopen(user) }
    return answer
  }

  private func set(
    _ user: UserID, _ action: String, disabledAt: Date?
  ) throws(UserAdministrationError) -> (AdministeredUser, isNew: Bool) {
    try state.withLock { state throws(UserAdministrationError) in
      guard var row = state.rows[user], row.deletedAt == nil else { throw .userNotFound }
      guard (row.disabledAt == nil) != (disabledAt == nil) else { return (Self.administered(row), false) }
      row.disabledAt = disabledAt
      row.account = row.account.with(isDisabled: disabledAt != nil)
      state.rows[user] = row
      state.audited.append(action)
      return (Self.administered(row), true)
    }
  }

  private static func administered(_ row: Row) -> AdministeredUser {
    let account = row.account
    return AdministeredUser(
      id: account.id, email: account.email.text, name: account.name, emailVerified: account.emailVerified,
      scope: account.scope, createdAt: account.createdAt, lastSignIn: nil, disabledAt: row.disabledAt)
  }
}
