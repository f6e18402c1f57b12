import FoundationEssentials

/// A conversation with its reported duration and its adjustments: the rules of what the provider's word comes to.
///
/// The caller loads it under the lock of the user's wallet, and stores what has changed in the same transaction. Nothing
/// here waits or reads a clock.
public struct ConversationAccount: Sendable, Equatable {
  /// What becomes of the moment at which it is looked at.
  public enum Look: Sendable, Equatable {
    case asBefore
    case never
    /// From now.
    case after(Duration)
  }

  public let id: String
  /// When its URL was given out.
  public let invitedAt: Date
  /// As the provider has told it.
  public private(set) var duration: TalkTime?
  /// Of when that word is, by the provider's clock.
  public private(set) var told: Date?
  public private(set) var isClosed: Bool
  /// Somebody was seen in it.
  public private(set) var wasOpened: Bool
  /// The adjustments so far; below zero what was given back.
  public private(set) var adjusted: TalkTime
  /// How many there were.
  public private(set) var adjustments: Int
  /// What is left as it is, and counts towards the day.
  public private(set) var tolerated: TalkTime
  /// It was compared now.
  public private(set) var isReconciled = false
  public private(set) var look = Look.asBefore
  /// For the user's wallet.
  public private(set) var steps: [LedgerStep] = []

  public init(
    id: String, invitedAt: Date, duration: TalkTime? = nil, told: Date? = nil, isClosed: Bool = false,
    wasOpened: Bool = false, adjusted: TalkTime = .zero, adjustments: Int = 0, tolerated: TalkTime = .zero
  ) {
    self.id = id
    self.invitedAt = invitedAt
    self.duration = duration
    self.told = told
    self.isClosed = isClosed
    self.wasOpened = wasOpened
    self.adjusted = adjusted
    self.adjustments = adjustments
    self.tolerated = tolerated
  }

  /// Compares the reported duration with what its talks were charged. A difference that counts becomes an adjustment, and
  /// so does what was tolerated of the day where that is too much altogether.
  /// - Parameters:
  ///   - reported: nil where the last word stands.
  ///   - others: the user's other conversations of the same day.
  /// - Returns: nil where no duration was ever told.
  public mutating func apply(
    _ reported: ReportedDuration?, talks: ConversationTalks, beside others: inout [ConversationAccount]
  ) -> ReconciliationResult? {
    if let reported { note(reported) }
    guard let duration else { return nil }
    guard talks.unsettled == 0 else {
      look = .after(ReviewSchedule.talking)
      return .waiting
    }
    let found = DurationReconciliation(
      duration: duration, charged: talks.charged, forgiven: talks.left, adjusted: adjusted)
    let difference = found.difference
    let small = others.indices.filter { others[$0].tolerated != .zero }
    let verdict = found.verdict(day: small.reduce(.zero) { $0 + others[$1].tolerated })
    isReconciled = true
    look = .never
    guard verdict != .tolerated else {
      tolerated = difference
      return .tolerated(difference)
    }
    adjust(by: difference, "lasted \(duration), charged \(found.charged + found.adjusted)")
    if verdict == .adjustedWithTheDay {
      for index in small { others[index].adjust(by: others[index].tolerated, "the day's small differences") }
    }
    return .adjusted(difference)
  }

  /// The newest word of the provider counts, and closes the conversation. Only words that the provider has dated are
  /// compared: its clock is not ours.
  private mutating func note(_ reported: ReportedDuration) {
    isClosed = true
    if reported.duration > .zero { wasOpened = true }
    if let last = told, let now = reported.told, last > now { return }
    duration = reported.duration
    told = reported.told ?? told
  }

  /// - Parameter difference: above zero it was not charged.
  private mutating func adjust(by difference: TalkTime, _ reason: String) {
    adjustments += 1
    let reference = "conversation:\(id):\(adjustments)"
    if difference > .zero { steps.append(.debit(difference, .adjustment, reference: reference, reason: reason)) }
    if difference < .zero { steps.append(.credit(-difference, .adjustment, reference: reference, reason: reason)) }
    adjusted += difference
    tolerated = .zero
    isReconciled = true
    look = .never
  }
}
