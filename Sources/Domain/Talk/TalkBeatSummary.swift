/// The course of a talk, as the store of live talks recorded it. The proof of a charge is based on it.
public struct TalkBeatSummary: Sendable, Equatable, Codable {
  /// In milliseconds since 1970 by the store's wall clock; nil if there was no beat.
  public let firstBeat, lastBeat: Int64?
  /// The rest of the charge covers the time between the last beat and the end.
  public let chargedToLastBeat: TalkTime
  /// The newest version of the wallet that reached the talk.
  public let walletVersion: Int64
  public let gaps: TalkGaps

  public init(
    firstBeat: Int64?, lastBeat: Int64?, chargedToLastBeat: TalkTime, walletVersion: Int64, gaps: TalkGaps
  ) {
    self.firstBeat = firstBeat
    self.lastBeat = lastBeat
    self.chargedToLastBeat = chargedToLastBeat
    self.walletVersion = walletVersion
    self.gaps = gaps
  }

  enum CodingKeys: String, CodingKey {
    case firstBeat = "first_beat_at", lastBeat = "last_beat_at", chargedToLastBeat = "charged_to_last_beat_ms"
    case walletVersion = "wallet_version", count = "gap_count", total = "gap_total_ms", gaps
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    firstBeat = try container.decodeIfPresent(Int64.self, forKey: .firstBeat)
    lastBeat = try container.decodeIfPresent(Int64.self, forKey: .lastBeat)
    chargedToLastBeat = try container.decode(TalkTime.self, forKey: .chargedToLastBeat)
    walletVersion = try container.decode(Int64.self, forKey: .walletVersion)
    gaps = TalkGaps(
      first: try container.decode([TalkGap].self, forKey: .gaps),
      count: try container.decode(Int64.self, forKey: .count),
      total: try container.decode(TalkTime.self, forKey: .total))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(firstBeat, forKey: .firstBeat)
    try container.encodeIfPresent(lastBeat, forKey: .lastBeat)
    try container.encode(chargedToLastBeat, forKey: .chargedToLastBeat)
    try container.encode(walletVersion, forKey: .walletVersion)
    try container.encode(gaps.count, forKey: .count)
    try container.encode(gaps.total, forKey: .total)
    try container.encode(gaps.first, forKey: .gaps)
  }
}
