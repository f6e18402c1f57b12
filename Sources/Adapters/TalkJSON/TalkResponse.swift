import Application
import Domain
import FoundationEssentials

public struct TalkResponse: Encodable {
  let id, state: String
  let conversationID: String?
  let seq, remaining: Int64?
  let charged: Int64
  let endReason: String?
  let settled: Bool
  /// The duration that the provider reported, once it is known, and the talk time that the wallet got back for it. A
  /// negative adjustment was charged.
  let providerDuration, adjustment: Int64?
  /// The cost of the talk after reconciliation; absent until then. Over all talks of a conversation the values add up
  /// to what was charged.
  let finalCharge: Int64?
  /// Absent if the ledger could not be asked.
  let createdAt: Date?
  let endedAt: Date?

  public init(_ found: OwnTalkView) {
    switch found {
    case .recorded(let record, let live): self.init(record, live: live)
    case .live(let talk): self.init(talk)
    }
  }

  /// - Parameter live: the talk in Redis, while it goes on.
  public init(_ record: TalkRecord, live: LiveTalk?) {
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

  /// The talk as Redis stores it, while the ledger is unavailable.
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
