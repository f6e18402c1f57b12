import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird
import LiveLinkAdapter

enum Beat {
  /// The interval at which a page beats, in milliseconds; twice that ends the talk.
  static let interval: Int64 = 5_000
}

struct StartedTalkResponse: Encodable {
  let id: String
  let state = "starting"
  let connection: VoiceConnection
  /// One of the two, by the connection.
  let signedURL, conversationToken: String?
  let conversationID: String
  let heartbeatInterval = Beat.interval
  let maximumGap = Meter.longestGap
  let remaining: Int64
  let createdAt: Date

  init(_ talk: StartedTalk, createdAt: Date) {
    id = talk.id.text
    connection = talk.invitation.key.connection
    switch talk.invitation.key {
    case .signedURL(let url): (signedURL, conversationToken) = (url, nil)
    case .conversationToken(let token): (signedURL, conversationToken) = (nil, token)
    }
    conversationID = talk.invitation.conversation
    remaining = talk.remaining.milliseconds
    self.createdAt = createdAt
  }

  enum CodingKeys: String, CodingKey {
    case id, state, connection, signedURL = "signed_url", conversationToken = "conversation_token"
    case conversationID = "conversation_id"
    case heartbeatInterval = "heartbeat_interval_ms", maximumGap = "max_gap_ms", remaining = "remaining_ms"
    case createdAt = "created_at"
  }
}

struct EndedResponse: Encodable {
  let state = "ended"
  let charged: Int64
  let settled: Bool
  /// Absent while the charge is provisional.
  let balance: Int64?
  let endReason: String

  init(_ ended: EndedTalk) {
    switch ended {
    case .settled(let talk):
      (charged, settled, balance) = (talk.charged.milliseconds, true, talk.balance.milliseconds)
      endReason = talk.reason.rawValue
    case .provisional(let charge, let reason):
      (charged, settled, balance, endReason) = (charge.milliseconds, false, nil, reason.rawValue)
    }
  }

  enum CodingKeys: String, CodingKey {
    case state, charged = "charged_ms", settled, balance = "balance_ms", endReason = "end_reason"
  }
}

struct TalkResponse: Encodable {
  let id, state: String
  let conversationID: String?
  let seq, remaining: Int64?
  let charged: Int64
  let endReason: String?
  let settled: Bool
  /// As the provider has it, once it is known, and what the wallet got for it: below zero it was charged.
  let providerDuration, adjustment: Int64?
  /// What it has cost after that; absent until then. Over all talks of a conversation it sums up to what was charged.
  let finalCharge: Int64?
  /// Absent where the ledger could not be asked.
  let createdAt: Date?
  let endedAt: Date?

  /// - Parameter live: what Redis knows of it, while it goes on.
  init(_ record: TalkRecord, live: LiveTalk?) {
    id = record.session.text
    conversationID = record.conversation
    settled = record.isEnded
    providerDuration = record.conversationDuration?.milliseconds
    adjustment = record.adjusted.map { (-$0).milliseconds }
    finalCharge = record.isEnded ? record.finalCharge?.milliseconds : nil
    createdAt = record.createdAt
    endedAt = record.settledAt
    let isLive = !record.isEnded && live != nil
    state = record.isEnded ? "ended" : live?.state.word ?? "live"
    seq = isLive ? live?.seq : nil
    remaining = isLive ? live?.remaining.milliseconds : nil
    charged = (isLive ? live?.charged : nil)?.milliseconds ?? record.charged.milliseconds
    endReason = (record.endReason ?? live?.endReason)?.rawValue
  }

  /// While the ledger is away: what Redis knows of it.
  init(_ live: LiveTalk) {
    id = live.id.text
    conversationID = nil
    settled = false
    (createdAt, endedAt, providerDuration, adjustment, finalCharge) = (nil, nil, nil, nil, nil)
    state = live.state.word
    seq = live.seq
    remaining = live.remaining.milliseconds
    charged = live.charged.milliseconds
    endReason = live.endReason?.rawValue
  }

  enum CodingKeys: String, CodingKey {
    case id, state, conversationID = "conversation_id", seq, remaining = "remaining_ms", charged = "charged_ms"
    case endReason = "end_reason", settled, providerDuration = "provider_duration_ms", adjustment = "adjustment_ms"
    case finalCharge = "final_charge_ms"
    case createdAt = "created_at", endedAt = "ended_at"
  }
}

enum HeartbeatResponse {
  static func body(_ talk: LiveTalk) -> ByteBuffer {
    var body = ByteBuffer()
    body.reserveCapacity(160)
    body.writeString("{")
    body.writeFigures(of: talk)
    body.writeString("}")
    return body
  }

  /// The talk as the beat left it.
  /// - Throws: what the client is told instead.
  static func accepted(_ result: Result<HeartbeatResult, LiveTalkError>) throws(Problem) -> LiveTalk {
    switch result {
    case .success(.accepted(let talk)): return talk
    case .success(.ended(let talk)): throw gone(talk)
    case .success(.limited): throw Problem(.tooManyRequests, code: "too_many_heartbeats", headers: [.retryAfter: "1"])
    case .success(.notFound): throw .notFound("There is no such talk.")
    case .success(.revoked): throw Problem(AccessTokenError.invalid)
    case .success(.unknowable): throw Problem(AccessTokenError.keysUnavailable)
    case .failure(let error): throw .unavailable(error.code, "Nothing is charged meanwhile.")
    }
  }

  private static func gone(_ talk: LiveTalk) -> Problem {
    let reason = talk.endReason?.rawValue ?? "lost"
    return Problem(
      .gone, code: "session_ended", detail: "This talk is over.",
      members: ["end_reason": .text(reason), "charged_ms": .number(talk.charged.milliseconds)])
  }
}

extension Problem {
  private static let paymentRequired = HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")

  init(_ error: StartTalkError) {
    switch error {
    case .insufficientTalkTime: self.init(Self.paymentRequired, error, detail: "There is no talk time left.")
    case .balanceOwed: self.init(Self.paymentRequired, error, detail: "Earlier talk is still to be paid.")
    case .frozen: self.init(.forbidden, error, detail: "This wallet is frozen.")
    case .accountClosed: self.init(.forbidden, error, detail: "This account is disabled.")
    case .alreadyLive: self.init(.conflict, error, detail: "Another talk of yours is live.")
    case .previousCallOpen:
      self.init(
        .conflict, code: error.code, detail: "An earlier call is still open.", headers: [.retryAfter: "1"])
    case .previousCallOffered(let call):
      self.init(
        .conflict, code: error.code,
        detail: call.isGivenAgain
          ? "Another call was offered and not begun. Start with its agent and connection, or wait until it has run out."
          : "A call that was offered runs out soon.",
        headers: [.retryAfter: String(call.left.secondsRoundedUp)],
        members: call.isGivenAgain
          ? ["agent_id": .text(call.agent), "connection": .text(call.connection.rawValue)] : [:])
    case .agentUnavailable:
      self = .unavailable(error.code, "The agent cannot be reached. Nothing was charged.", retryAfter: 5)
    case .allAgentsBusy:
      self = .unavailable(error.code, "All agents are in a talk. Try again in a moment.", retryAfter: 10)
    case .unavailable, .expired: self = .unavailable(error.code, "The talk could not be started. Nothing was charged.")
    }
  }

  init(_ error: EndTalkError) {
    self =
      error == .notFound
      ? .notFound("There is no such talk.") : .unavailable(error.code, "Nothing is charged meanwhile.")
  }
}

extension Duration {
  /// At least one, so that nobody comes again at once.
  fileprivate var secondsRoundedUp: Int64 {
    max(1, components.seconds + (components.attoseconds > 0 ? 1 : 0))
  }
}
