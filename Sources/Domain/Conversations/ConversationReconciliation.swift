import FoundationEssentials

/// A conversation with its reported duration and its adjustments: the rules for what a report of the provider comes to.
///
/// The caller loads the aggregate under the lock of the user's wallet, and stores its changes in the same transaction.
/// Nothing here waits or reads a clock.
public struct ConversationReconciliation: Sendable, Equatable {
  /// The change of the moment of the next check.
  public enum Look: Sendable, Equatable {
    case asBefore
    case never
    /// The duration from now.
    case after(Duration)
  }

  public let id: String
  /// When the conversation's URL was given out.
  public let invitedAt: Date
  /// The duration that the provider has reported.
  public private(set) var duration: TalkTime?
  /// The time of that report, by the provider's clock.
  public private(set) var told: Date?
  public private(set) var isClosed: Bool
  /// Whether the provider has reported a user in the conversation.
  public private(set) var wasOpened: Bool
  /// The sum of the adjustments so far; negative if talk time was given back.
  public private(set) var adjusted: TalkTime
  /// The number of adjustments so far.
  public private(set) var adjustments: Int
  /// The difference that is not adjusted and counts towards the day's tolerance.
  public private(set) var tolerated: TalkTime
  /// Whether the conversation was compared now.
  public private(set) var isReconciled = false
  public private(set) var look = Look.asBefore
  /// The changes of the user's wallet.
  public private(set) var steps: [LedgerInstruction] = []

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

  /// Compares the reported duration with what its talks were charged. A relevant difference becomes an adjustment. If
  /// the sum of the day's tolerated differences is too large, they become adjustments too.
  /// - Parameters:
  ///   - reported: nil if the last report still applies.
  ///   - others: the user's other conversations of the same day.
  /// - Returns: nil if no duration was ever reported.
  public mutating func apply(
    _ reported: ReportedDuration?, talks: ConversationTalkTotals, beside others: inout [ConversationReconciliation]
  ) -> ConversationReconciliationResult? {
    if let reported { note(reported) }
    guard let duration else { return nil }
    guard talks.unsettled == 0 else {
      look = .after(DurationCheckSchedule.talking)
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

  /// Stores the newest report of the provider, which closes the conversation. Only reports with the provider's date are
  /// compared, because its clock is not ours.
  private mutating func note(_ reported: ReportedDuration) {
    isClosed = true
    if reported.duration > .zero { wasOpened = true }
    if let last = told, let now = reported.told, last > now { return }
    duration = reported.duration
    told = reported.told ?? told
  }

  /// - Parameter difference: positive for time that was not charged.
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
