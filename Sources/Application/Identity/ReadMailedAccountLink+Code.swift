import Domain

extension ReadMailedAccountLink {
  /// The open link that a typed code stands for.
  /// - Throws: `invalidLink`, also for the right code after too many tries; `codeLimit`.
  func callAsFunction(
    code text: String, for purposes: Set<MailedAccountLinkPurpose>, of holder: MailedCodeHolder
  ) async throws(IdentityError) -> MailedAccountLink {
    guard let code = MailedCode(typed: text) else { throw .invalidLink }
    try await limitCodeTries(holder)
    let open = try await links.countCodeTry(for: purposes, of: holder)
    let found = open.first { link in
      code.matches(
        secrets.code(purpose: link.purpose.rawValue, id: link.id, user: link.user, expires: link.expiresAt))
    }
    guard let found else { throw .invalidLink }
    return found
  }

  /// The open link whose code proves a signed-in user's identity once more.
  /// - Throws: `invalidCredentials`, `codeLimit`
  func callAsFunction(reauthenticationCode code: String, of user: UserID) async throws(IdentityError)
    -> MailedAccountLink
  {
    do {
      return try await self(code: code, for: [.reauthenticate], of: .user(user))
    } catch .invalidLink {
      throw .invalidCredentials
    } catch {
      throw error
    }
  }
}
