import Domain

extension DeliverMail {
  /// Delivers a mail that is of interest only now. To an address that nobody has proven it is not sent at all: by the
  /// time of a proof the news would be old.
  func timely(
    _ content: MailContent, to user: UserID, customID: String, for task: ClaimedTask
  ) async -> TaskOutcome {
    await timely(to: user, customID: customID, for: task) { _ in .content(content) }
  }

  /// The same for a mail whose content is decided when it is about to be sent.
  /// - Parameter draft: is told whether the provider may have an earlier mail with this id.
  func timely(
    to user: UserID, customID: String, for task: ClaimedTask, draft: (_ mayBeThere: Bool) async throws -> Draft
  ) async -> TaskOutcome {
    let outcome = await self(to: user, customID: customID, for: task, draft: draft)
    if case .waiting(_, because: nil) = outcome { return .completed }
    return outcome
  }
}
