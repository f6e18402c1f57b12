import Synchronization

/// What a talker heard of its talk, and what the talk must be settled at if all that it heard is true.
struct SoakTally: Sendable {
  let habit: Habit
  /// All that was ever credited, in milliseconds.
  var credited: Int64
  var session: String?
  /// Of the last accepted beat, in milliseconds.
  var charged: Int64 = 0
  var beats = 0
  /// When the first one was sent; whether it is the one that was accepted nobody knows.
  var begun: ContinuousClock.Instant?
  var lastBeat: ContinuousClock.Instant?
  /// When the last accepted beat was first sent: no service took it before.
  var lastSent: ContinuousClock.Instant?
  /// When a purchase in the middle was answered as credited.
  var toppedUp: ContinuousClock.Instant?
  /// What was said when the talk was over: by the answer to the hang-up or to a beat that came too late.
  var told: (charged: Int64, reason: String)? { didSet { if oldValue == nil { toldAt = .now } } }
  private var toldAt: ContinuousClock.Instant?
  /// By an answer before the ledger's.
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
    // By the clock of the one who pays, but for the rounding of two clocks.
    if let begun, Double(now) > (moment - begun) / .milliseconds(1) + 2 {
      complaints.append("charged \(now) ms in \(moment - begun)")
    }
  }

  enum Ending: Sendable, Equatable {
    case at(Int64, reason: String)
    case neverStarted
  }

  /// What the settlement must say.
  var due: Ending {
    guard session != nil else { return .neverStarted }
    switch habit {
    case .neverBeats: return .at(0, reason: "never_connected")
    case .fallsSilent: return .at(charged, reason: "gap")
    case .runsOut: return exhausted
    // Bought too late to be saved: then it ran out of what there was.
    case .topsUp where told?.reason == "exhausted" && !wasToppedUpInTime: return exhausted
    case .steady, .hangsUp, .reloads, .doubles, .topsUp:
      return .at(told?.charged ?? charged, reason: reasonOfHangUp)
    }
  }

  /// The news that the call is over may come before the hang-up, and so may the end of a gap: where the talker's own
  /// instance was away for longer than a talk may be silent, by the clock of the one who pays.
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

  /// All of it; or what was talked on credit while the ledger was away, if that was more.
  private var exhausted: Ending { .at(max(credited, told?.charged ?? 0, charged), reason: "exhausted") }

  /// The next beat after it asks the ledger.
  private var wasToppedUpInTime: Bool {
    guard let toppedUp, let lastBeat else { return false }
    return toppedUp < lastBeat
  }
}

/// One talker's reckoning, written by the talker and read by whoever compares.
final class Sheet: Sendable {
  private let tally: Mutex<SoakTally>

  init(_ tally: SoakTally) { self.tally = Mutex(tally) }

  var now: SoakTally { tally.withLock { $0 } }
  func note(_ change: (inout sending SoakTally) -> Void) { tally.withLock { change(&$0) } }
}
