import Application
import Domain
import FoundationEssentials

/// The JSON of the API and of the operator's command: durations in milliseconds.
extension TalkProof: Encodable {
  private enum Key: String, CodingKey {
    case id, user = "user_id", agent = "agent_id", conversation = "conversation_id", createdAt = "created_at"
    case settledAt = "settled_at", endReason = "end_reason", charged = "charged_ms", forgiven = "forgiven_ms"
    case beats, gaps, grants, walletChanges = "wallet_changes", provider, entries, check
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(record.session, forKey: .id)
    try container.encode(record.user.description, forKey: .user)
    try container.encode(agent, forKey: .agent)
    try container.encode(record.conversation, forKey: .conversation)
    try container.encode(record.createdAt, forKey: .createdAt)
    try container.encode(record.settledAt, forKey: .settledAt)
    try container.encode(record.endReason, forKey: .endReason)
    try container.encode(record.charged, forKey: .charged)
    try container.encode(forgiven, forKey: .forgiven)
    try container.encode(BeatsJSON(self), forKey: .beats)
    try container.encode(trace.map(GapsJSON.init), forKey: .gaps)
    try container.encode(grants.map(GrantedJSON.init), forKey: .grants)
    try container.encode(walletChanges.map { ChangedJSON($0, heard: trace?.walletVersion) }, forKey: .walletChanges)
    try container.encode(ProviderJSON(duration: record.conversationDuration, adjusted: adjusted), forKey: .provider)
    try container.encode(entries.map(LineJSON.init), forKey: .entries)
    try container.encode(CheckJSON(charged: record.charged, taken: taken, agrees: agrees), forKey: .check)
  }
}

private struct BeatsJSON: Encodable {
  let count: Int64
  let firstAt, lastAt: Date?
  let charged: TalkTime?

  init(_ proof: TalkProof) {
    count = proof.beats
    firstAt = proof.trace?.firstBeat.map(Self.moment)
    lastAt = proof.trace?.lastBeat.map(Self.moment)
    charged = proof.trace?.chargedToLastBeat
  }

  private static func moment(_ milliseconds: Int64) -> Date {
    Date(unixMilliseconds: milliseconds)
  }

  enum CodingKeys: String, CodingKey {
    case count, firstAt = "first_at", lastAt = "last_at", charged = "charged_to_last_ms"
  }
}

private struct GapsJSON: Encodable {
  struct GapJSON: Encodable {
    let at, length, charged: TalkTime
    enum CodingKeys: String, CodingKey { case at = "at_ms", length = "length_ms", charged = "charged_ms" }
  }

  let count: Int64
  let total: TalkTime
  let items: [GapJSON]

  init(_ trace: TalkBeatSummary) {
    count = trace.gaps.count
    total = trace.gaps.total
    items = trace.gaps.first.map { GapJSON(at: $0.at, length: $0.length, charged: $0.charged) }
  }

  enum CodingKeys: String, CodingKey { case count, total = "total_ms", items }
}

private struct GrantedJSON: Encodable {
  let reference: String
  let amount, cumulative: TalkTime
  let walletVersion: Int64
  let at: Date

  init(_ grant: TalkProof.Grant) {
    reference = grant.entry.reference
    (amount, cumulative) = (grant.amount, grant.cumulative)
    (walletVersion, at) = (grant.entry.walletVersion, grant.entry.at)
  }

  enum CodingKeys: String, CodingKey {
    case reference, amount = "amount_ms", cumulative = "cumulative_ms", walletVersion = "wallet_version", at
  }
}

private struct ChangedJSON: Encodable {
  let kind: String
  let amount: TalkTime
  let walletVersion: Int64
  let heard: Bool?
  let at: Date

  init(_ change: TalkProof.WalletChange, heard version: Int64?) {
    (kind, amount, walletVersion, at) = (change.kind, change.amount, change.walletVersion, change.at)
    heard = version.map { change.walletVersion <= $0 }
  }

  enum CodingKeys: String, CodingKey { case kind, amount = "amount_ms", walletVersion = "wallet_version", heard, at }
}

private struct ProviderJSON: Encodable {
  let duration: TalkTime?
  let adjusted: TalkTime
  enum CodingKeys: String, CodingKey { case duration = "duration_ms", adjusted = "adjusted_ms" }
}

private struct LineJSON: Encodable {
  let kind, reference: String
  let available, held, owed: TalkTime
  let walletVersion: Int64
  let at: Date

  init(_ entry: TalkProof.Entry) {
    (kind, reference) = (entry.kind, entry.reference)
    (available, held, owed) = (entry.change.available, entry.change.held, entry.change.owed)
    (walletVersion, at) = (entry.walletVersion, entry.at)
  }

  enum CodingKeys: String, CodingKey {
    case kind, reference, available = "available_delta_ms", held = "held_delta_ms", owed = "owed_delta_ms"
    case walletVersion = "wallet_version", at
  }
}

private struct CheckJSON: Encodable {
  let charged, taken: TalkTime
  let agrees: Bool
  enum CodingKeys: String, CodingKey { case charged = "charged_ms", taken = "entries_ms", agrees }
}
