import Domain

/// Informs a user that little talk time is left. Nothing is sent if the user has more again.
public struct SendLowBalanceMail: TaskHandler {
  public let type = TaskType.lowBalanceMail
  private let balances: any BalanceReader
  private let deliver: DeliverMail
  private let publicURL: String

  public init(balances: any BalanceReader, deliver: DeliverMail, publicURL: String) {
    self.balances = balances
    self.deliver = deliver
    self.publicURL = publicURL
  }

  /// - Parameter crossing: `TalkTimeLow.crossingID`.
  static func customID(_ crossing: String) -> String { "low-balance-\(crossing)" }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let user = task.userID else { return .failed(code: "malformed_payload") }
    // A task of the release before does not know its crossing.
    let crossing = LowBalanceMailPayload(json: task.payload)?.crossingID ?? task.id.description
    // The balance is read when the mail is about to be sent: a mail that waited for the provider must not tell
    // yesterday's. One that the provider may have is asked for first, so that the log knows whether the user was told.
    let outcome = await deliver.timely(to: user, customID: Self.customID(crossing), for: task) { _ in
      guard let left = try? await balances.balance(of: user) else {
        return .nothing(.retry(code: "balance_unavailable", after: .zero))
      }
      guard left < TalkTimeLow.mark else { return .nothing(.completed) }
      return .content(.lowBalance(left, link: publicURL + "/"))
    }
    // The merge that took an account's address has moved its talk time, too, and that is why little is left.
    return outcome == .retry(code: DeliverMail.withoutAddress, after: .zero) ? .completed : outcome
  }
}
