import Domain

/// Informs a user who was told that little talk time is left that there is enough again. Nothing is sent to a user who
/// was not told, nor if there is little by now.
public struct SendBalanceRecoveredMail: TaskHandler {
  public let type = TaskType.balanceRecoveredMail
  private let balances: any BalanceReader
  private let log: any SentMailLog
  private let deliver: DeliverMail
  private let publicURL: String

  public init(balances: any BalanceReader, log: any SentMailLog, deliver: DeliverMail, publicURL: String) {
    self.balances = balances
    self.log = log
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = BalanceRecoveredMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    do {
      // The mail about the low balance has ended before this task begins, since both have one ordering key.
      guard case .sent = try await log.state(SendLowBalanceMail.customID(payload.crossingID)) else {
        return .completed
      }
      let left = try await balances.balance(of: user)
      guard left >= TalkTimeLow.mark else { return .completed }
      return await deliver.timely(
        .balanceRecovered(left, link: publicURL + "/"), to: user,
        customID: "balance-recovered-\(payload.crossingID)", for: task)
    } catch {
      return .retry(code: "balance_unavailable", after: .zero)
    }
  }
}
