import Domain

/// Informs a user that little talk time is left. Nothing is sent if the user has bought more since.
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

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let user = task.userID else { return .failed(code: "malformed_payload") }
    do {
      // A mail that waited for the provider must not tell yesterday's balance.
      let left = try await balances.balance(of: user)
      guard left < TalkTimeLow.mark else { return .completed }
      return await deliver.timely(
        .lowBalance(left, link: publicURL + "/"), to: user, customID: "low-balance-\(task.id)", for: task)
    } catch {
      return .retry(code: "balance_unavailable", after: .zero)
    }
  }
}
