/// The result of a soak: the figures, and every deviation from what is expected.
public struct SoakReport: Encodable, Sendable {
  public var talkers = 0
  public var seconds = 0
  public var beats = 0
  /// The cost of all talks according to the responses, and according to the ledger, in milliseconds.
  public var told: Int64 = 0
  public var charged: Int64 = 0
  public var owed: Int64 = 0
  /// The number of talks by their end.
  public var endings: [String: Int] = [:]
  public var mishaps: [String] = []
  /// Empty if there is no deviation.
  public var faults: [String] = []

  enum CodingKeys: String, CodingKey {
    case talkers, seconds, beats, told = "told_ms", charged = "charged_ms", owed = "owed_ms", endings, mishaps, faults
  }

  mutating func compare(_ members: [People.Member], with settled: [String: SoakDatabase.Settled]) {
    for member in members {
      let tally = member.sheet.now
      beats += tally.beats
      faults += tally.complaints.map { "\(member.habit.rawValue) \(tally.session ?? "-"): \($0)" }
      guard case .at(let due, let reason) = tally.due, let session = tally.session else { continue }
      told += due
      guard let bill = settled[session] else {
        faults.append("\(member.habit.rawValue) \(session): not settled")
        continue
      }
      endings[bill.reason, default: 0] += 1
      if bill.charged != due || bill.reason != reason {
        faults.append(
          "\(member.habit.rawValue) \(session): due \(due) by \(reason), settled \(bill.charged) by \(bill.reason); "
            + "last beat \(tally.charged), credited \(tally.credited), told \(tally.told.map { "\($0)" } ?? "-")"
        )
      }
    }
  }

  mutating func add(_ wallets: SoakDatabase.Wallets, talks: Int, settled: Int) {
    charged = wallets.charged
    owed = wallets.owed
    if told != charged { faults.append("told \(told) ms, charged \(charged) ms") }
    if talks != settled { faults.append("\(talks) talks, \(settled) settled") }
    if wallets.belowZero > 0 { faults.append("\(wallets.belowZero) wallets are below zero") }
    if wallets.openHolds > 0 || wallets.held != 0 {
      faults.append("\(wallets.openHolds) holds, \(wallets.held) ms held")
    }
    if wallets.toldTwiceOrNever > 0 { faults.append("\(wallets.toldTwiceOrNever) talks not told once") }
  }
}
