import Domain

/// Shows operators what operators have done.
public struct ReadOperatorActions: Sendable {
  private let actions: any OperatorActionReader

  public init(actions: any OperatorActionReader) { self.actions = actions }

  /// A page of actions, newest first.
  /// - Parameters:
  ///   - actor: nil for every operator.
  ///   - user: whose account, wallet or talks the actions were about; nil for every object.
  /// - Returns: the actions, and the number that the next page begins before; nil on the last one.
  public func page(
    by actor: OperatorName?, on user: UserID?, before number: Int64?, limit: Int
  ) async throws(BillingError) -> (items: [NotedOperatorAction], next: Int64?) {
    // One more than the page holds, to see whether another page follows.
    let found = try await actions.actions(
      by: actor?.text, on: user?.description, before: number, limit: limit + 1)
    let items = Array(found.prefix(limit))
    return (items, found.count > limit ? items.last?.number : nil)
  }
}
