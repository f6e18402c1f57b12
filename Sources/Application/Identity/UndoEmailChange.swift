import Domain

/// Gives an account the address back that it had, by the link that was mailed there.
public struct UndoEmailChange: Sendable {
  private let read: ReadMailedAccountLink
  private let changes: any PasswordAndEmailRepository

  public init(read: ReadMailedAccountLink, changes: any PasswordAndEmailRepository) {
    self.read = read
    self.changes = changes
  }

  public func callAsFunction(_ token: String) async throws(IdentityError) {
    try await changes.undoEmailChange(by: try await read(token, for: [.undoEmailChange]))
  }
}
