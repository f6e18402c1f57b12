import Domain

extension ReadMailedAccountLink {
  /// The open link that a typed code stands for.
  /// - Throws: `invalidLink`, also for the right code after too many tries.
  func callAsFunction(
    code text: String, for purposes: Set<MailedAccountLinkPurpose>, of holder: MailedCodeHolder
  ) async throws(IdentityError) -> MailedAccountLink {
    guard let code = MailedCode(typed: text) else { throw .invalidLink }
    let open = try await links.countCodeTry(for: purposes, of: holder)
    let found = open.first { link in
      code.matches(
        secrets.code(purpose: link.purpose.rawValue, id: link.id, user: link.user, expires: link.expiresAt))
    }
    guard let found else { throw .invalidLink }
    return found
  }
}
