import Domain
import FoundationEssentials

/// How long a link works whose mail is about to be sent.
public enum MailedLinkTime: Sendable, Equatable {
  /// In whole seconds, since the link's secret is derived from it.
  case until(Date)
  /// It has expired, and is not renewed any more.
  case over
  /// Nobody needs it: it was used, withdrawn or replaced by a newer one, or its address is not the account's any more,
  /// or is proven, or the account is disabled. An undoing is mailed to the owner of the earlier address all the same.
  case closed
}

public protocol MailedLinkRenewer: Sendable {
  /// Finds out until when a link works, just before its mail is sent. If less than half of its life is left, because
  /// the mail could not be sent earlier, it has the whole life again, with a new secret and a new code, as long as its
  /// purpose is renewed at that age. A link that a newer one has replaced stays as it is, and is closed once less than
  /// its purpose's shortest rest is left. Two callers at once get the same time.
  /// - Parameter mayBeThere: whether the provider may have an earlier mail of this link. Then only a link with less
  ///   than that rest is renewed: otherwise that mail would lead nowhere.
  func renew(
    _ id: String, of user: UserID, for purpose: MailedAccountLinkPurpose, mayBeThere: Bool
  ) async throws -> MailedLinkTime
}
