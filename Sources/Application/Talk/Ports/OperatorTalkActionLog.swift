import Domain

/// An operator's action on talks and the reason for it. The action is logged before it is done.
public struct OperatorTalkAction: Sendable, Equatable {
  public enum Kind: String, Sendable { case end, endAll = "end_all", drain, undrain }

  public let kind: Kind
  /// A user id, or `cli:` and a name.
  public let actor: String
  /// The id of the talk or of the user; `all` for a drain.
  public let subject: String
  public let reason: Reason

  public init(_ kind: Kind, actor: String, subject: String, reason: Reason) {
    self.kind = kind
    self.actor = actor
    self.subject = subject
    self.reason = reason
  }
}

public protocol OperatorTalkActionLog: Sendable {
  func note(_ action: OperatorTalkAction) async throws(TalkLedgerError)
}
