import Domain

/// Gives an account the address back that it had, by the link that was mailed there.
public struct UndoEmailChange: Sendable {
  private let read: ReadAccountLink
  private let changes: any AccountChangeRepository

  public init(read: ReadAccountLink, changes: any AccountChangeRepository) {
    self.read = read
    self.changes = changes
  }

  public func callAsFunction(_ token: String) async throws(IdentityError) {
    try await changes.undoEmailChange(by: try await read(token, for: [.undoEmailChange]))
  }
}
