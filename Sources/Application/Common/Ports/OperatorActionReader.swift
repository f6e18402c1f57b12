import Domain
import FoundationEssentials

/// An operator's action as it was recorded together with its effect.
public struct NotedOperatorAction: Sendable, Equatable {
  /// Greater for a later action.
  public let number: Int64
  /// A user id, or `cli:` and a name.
  public let actor: String
  /// Such as `wallet.grant`.
  public let action: String
  /// The object of the action, such as a user's id.
  public let subject: String
  public let reason: String?
  public let details: String?
  public let at: Date

  public init(
    number: Int64, actor: String, action: String, subject: String, reason: String?, details: String?, at: Date
  ) {
    self.number = number
    self.actor = actor
    self.action = action
    self.subject = subject
    self.reason = reason
    self.details = details
    self.at = at
  }
}

/// The actions of operators in all services.
public protocol OperatorActionReader: Sendable {
  /// - Parameters:
  ///   - actor: nil for every operator.
  ///   - subject: nil for every object.
  ///   - number: of the last action of the page before; nil for the first page.
  /// - Returns: at most `limit` actions, the newest first.
  func actions(
    by actor: String?, on subject: String?, before number: Int64?, limit: Int
  ) async throws(BillingError) -> [NotedOperatorAction]
}
