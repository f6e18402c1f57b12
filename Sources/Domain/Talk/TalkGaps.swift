/// A silence between two beats that was longer than the usual delay of beats.
public struct TalkGap: Sendable, Equatable, Codable {
  /// The value of `metered` when the silence began.
  public let at: TalkTime
  public let length: TalkTime
  /// At most the longest gap that is charged.
  public let charged: TalkTime

  public init(at: TalkTime, length: TalkTime, charged: TalkTime) {
    self.at = at
    self.length = length
    self.charged = charged
  }

  /// Decodes an array of three numbers: the store writes the values without names.
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    at = try container.decode(TalkTime.self)
    length = try container.decode(TalkTime.self)
    charged = try container.decode(TalkTime.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(at)
    try container.encode(length)
    try container.encode(charged)
  }
}

/// The silences of a talk: the first ones individually, all of them as a count and a total.
public struct TalkGaps: Sendable, Equatable {
  public static let keptOneByOne = 50

  public private(set) var first: [TalkGap]
  public private(set) var count: Int64
  public private(set) var total: TalkTime

  public init() { (first, count, total) = ([], 0, .zero) }

  public init(first: [TalkGap], count: Int64, total: TalkTime) {
    self.first = first
    self.count = count
    self.total = total
  }

  public mutating func note(_ gap: TalkGap) {
    if first.count < Self.keptOneByOne { first.append(gap) }
    count += 1
    total += gap.length
  }
}
