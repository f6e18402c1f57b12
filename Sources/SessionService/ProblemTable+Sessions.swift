import Application
import Domain
import HTTPServing

extension ProblemTable {
  /// The problem that a client of /sessions receives for each error.
  static let sessions = ProblemTable.edge
    .adding(StartTalkError.self, starting)
    .adding(DrainingError.self) { error in
      switch error {
      // The start may succeed at another instance, or a little later.
      case .draining: .unavailable("No new talk starts here just now.", retryAfter: 5)
      case .unavailable: .unavailable("The talk could not be started. Nothing was charged.")
      }
    }
    .adding(ConsentError.self) { error in
      switch error {
      case .required(let version):
        .refused(
          .forbidden, "A talk is recorded and answered by an AI. Consent to that first: POST /auth/consent.",
          members: ["version": .text(version.text)])
      case .unavailable: .unavailable("The talk could not be started. Nothing was charged.")
      }
    }
    .adding(HeartbeatRefusal.self) { error in
      switch error {
      case .ended(let talk):
        .refused(
          .gone, "This talk is over.",
          members: [
            "end_reason": .text((talk.endReason ?? .lost).rawValue), "charged_ms": .number(talk.charged.milliseconds),
          ])
      case .limited: .refused(.tooManyRequests, nil, retryAfter: 1)
      case .notFound: .notFound("There is no such talk.")
      }
    }
    .adding(LiveTalkError.self) { error in
      switch error {
      case .unavailable: .unavailable("Nothing is charged meanwhile.")
      }
    }
    .adding(EndTalkError.self) { error in
      switch error {
      case .notFound: .notFound("There is no such talk.")
      case .unavailable: .unavailable("Nothing is charged meanwhile.")
      }
    }
    .adding(ReadTalkError.self) { error in
      switch error {
      case .notFound: .notFound("There is no such talk.")
      case .unavailable: .unavailable("The service cannot answer just now.")
      }
    }
    .adding(ReadTalkProofError.self) { error in
      switch error {
      case .notFound: .notFound("There is no such talk.")
      case .sessionLive: .conflict("The talk is not settled yet.", retryAfter: 5)
      case .unavailable: .unavailable("The service cannot answer just now.")
      }
    }
    .adding(TalkSubscriptionError.self) { error in
      switch error {
      case .notFound: .notFound("There is no such talk.")
      case .revoked: .unauthorized("The access token is not valid, or not any more.")
      case .unavailable: .unavailable("The service cannot answer just now.")
      case .leaving: .unavailable("This instance goes away: ask again.")
      }
    }
    .adding(TalkAdministrationError.self) { error in
      switch error {
      case .notFound: .notFound("There is no such talk.")
      case .userNotFound: .notFound("There is no such user.")
      case .invalidReason:
        .invalidField("reason", "A reason has 1 to \(Reason.longest) characters and no control characters.")
      case .unavailable: .unavailable("The service cannot answer just now.")
      }
    }
    // A webhook that the ledger does not accept is delivered again.
    .adding(TalkLedgerError.self) { _ in .unavailable("The service cannot answer just now.") }

  private static func starting(_ error: StartTalkError) -> ProblemRow {
    switch error {
    case .insufficientTalkTime: .paymentRequired("There is no talk time left.")
    case .balanceOwed: .paymentRequired("Earlier talk is still to be paid.")
    case .frozen: .forbidden("This wallet is frozen.")
    case .accountClosed: .forbidden("This account is disabled.")
    case .alreadyLive: .conflict("Another talk of yours is live.")
    case .previousCallOpen: .conflict("An earlier call is still open.", retryAfter: 1)
    case .previousCallOffered(let call):
      .refused(
        .conflict,
        call.isGivenAgain
          ? "Another call was offered and not begun. Start with its agent and connection, or wait until it has run out."
          : "A call that was offered runs out soon.",
        retryAfter: call.left.secondsRoundedUp,
        members: call.isGivenAgain
          ? ["agent_id": .text(call.agent), "connection": .text(call.connection.rawValue)] : [:])
    case .cannotContinue: .conflict("This talk cannot be continued. Start a new one.")
    case .agentUnavailable: .unavailable("The agent cannot be reached. Nothing was charged.", retryAfter: 5)
    case .allAgentsBusy: .unavailable("All agents are in a talk. Try again in a moment.", retryAfter: 10)
    case .unavailable, .expired: .unavailable("The talk could not be started. Nothing was charged.")
    }
  }
}

extension Duration {
  /// At least one second, so that a client does not repeat the request at once.
  fileprivate var secondsRoundedUp: Int64 {
    max(1, components.seconds + (components.attoseconds > 0 ? 1 : 0))
  }
}
