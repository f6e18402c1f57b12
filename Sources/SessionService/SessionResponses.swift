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

  init(_ found: FoundTalk) {
    switch found {
    case .recorded(let record, let live): self.init(record, live: live)
    case .live(let talk): self.init(talk)
    }
  }

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
  private init(_ live: LiveTalk) {
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
  /// - Throws: why the beat does not count.
  static func accepted(_ result: Result<HeartbeatResult, LiveTalkError>) throws -> LiveTalk {
    switch try result.get() {
    case .accepted(let talk): return talk
    case .ended(let talk): throw HeartbeatRefusal.ended(talk)
    case .limited: throw HeartbeatRefusal.limited
    case .notFound: throw HeartbeatRefusal.notFound
    case .revoked: throw AccessTokenError.invalid
    case .unknowable: throw AccessTokenError.revocationsUnavailable
    }
  }
}
