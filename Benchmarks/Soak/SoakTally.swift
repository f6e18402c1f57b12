import Synchronization

/// The responses that a talker received about its talk, and the settlement that follows if they are all true.
struct SoakTally: Sendable {
  let habit: Habit
  /// All talk time that was ever credited, in milliseconds.
  var credited: Int64
  var session: String?
  /// The charge at the last accepted beat, in milliseconds.
  var charged: Int64 = 0
  var beats = 0
  /// When the first beat was sent. It may have been repeated, so the accepted one is not known.
  var begun: ContinuousClock.Instant?
  var lastBeat: ContinuousClock.Instant?
  /// When the last accepted beat was sent for the first time; no service received it before.
  var lastSent: ContinuousClock.Instant?
  /// When the response confirmed a purchase during the talk.
  var toppedUp: ContinuousClock.Instant?
  /// What was reported when the talk was over: by the response to the hang-up, or to a beat that came too late.
  var told: (charged: Int64, reason: String)? { didSet { if oldValue == nil { toldAt = .now } } }
  private var toldAt: ContinuousClock.Instant?
  /// The charge in a provisional response, given before the ledger's.
  var provisional: Int64?
  var complaints: [String] = []

  init(_ habit: Habit, credited: Int64) {
    self.habit = habit
    self.credited = credited
  }

  mutating func accept(charged now: Int64, sent: ContinuousClock.Instant, at moment: ContinuousClock.Instant) {
    if now < charged { complaints.append("charged fell from \(charged) to \(now)") }
    charged = now
    beats += 1
    lastBeat = moment
    lastSent = sent
    // The charge must not exceed the time that has passed by the talker's clock, apart from the rounding of two clocks.
    if let begun, Double(now) > (moment - begun) / .milliseconds(1) + 2 {
      complaints.append("charged \(now) ms in \(moment - begun)")
    }
  }

  enum Ending: Sendable, Equatable {
    case at(Int64, reason: String)
    case neverStarted
  }

  /// What the settlement must contain.
  var due: Ending {
    guard session != nil else { return .neverStarted }
    switch habit {
    case .neverBeats: return .at(0, reason: "never_connected")
    case .fallsSilent: return .at(charged, reason: "gap")
    case .runsOut: return exhausted
    // The purchase came too late, so the talk ended when the original talk time was used up.
    case .topsUp where told?.reason == "exhausted" && !wasToppedUpInTime: return exhausted
    case .steady, .hangsUp, .reloads, .doubles, .topsUp:
      return .at(told?.charged ?? charged, reason: reasonOfHangUp)
    }
  }

  /// The event that the call is over may arrive before the hang-up. So may the end by a gap, if the talker's instance
  /// was down for longer than a talk may be silent, by the talker's clock.
  private var reasonOfHangUp: String {
    switch told?.reason {
    case "agent_ended": "agent_ended"
    case "gap" where wasSilentTooLong: "gap"
    default: "user"
    }
  }

  private var wasSilentTooLong: Bool {
    guard let toldAt, let lastSent = lastSent ?? begun else { return false }
    return toldAt - lastSent >= .seconds(10)
  }

  /// The whole talk time, or the time that was talked during an outage of the ledger, if that was more.
  private var exhausted: Ending { .at(max(credited, told?.charged ?? 0, charged), reason: "exhausted") }

  /// The first beat after the purchase asks the ledger.
  private var wasToppedUpInTime: Bool {
    guard let toppedUp, let lastBeat else { return false }
    return toppedUp < lastBeat
  }
}

/// One talker's tally, written by the talker and read by the comparison.
final class Sheet: Sendable {
  private let tally: Mutex<SoakTally>

  init(_ tally: SoakTally) { self.tally = Mutex(tally) }

  var now: SoakTally { tally.withLock { $0 } }
  func note(_ change: (inout sending SoakTally) -> Void) { tally.withLock { change(&$0) } }
}
