/// The behaviour of a talker, which determines the expected cost of its talk.
enum Habit: String, CaseIterable, Sendable {
  /// Beats to the end and hangs up.
  case steady
  /// Hangs up in the middle.
  case hangsUp
  /// Stops beating in the middle: a gap.
  case fallsSilent
  case neverBeats
  /// Loses its page from time to time, and reads its `seq` from the talk again.
  case reloads
  /// Sends each beat from two tabs at once.
  case doubles
  /// Has less talk time than it wants to talk.
  case runsOut
  /// Has little talk time, and buys more in time.
  case topsUp

  /// The shares of 20 talkers.
  private static let shares: [(Habit, Int)] = [
    (.neverBeats, 1), (.steady, 8), (.hangsUp, 2), (.fallsSilent, 2), (.reloads, 2), (.doubles, 2), (.runsOut, 2),
    (.topsUp, 1),
  ]
  private static let twenty = shares.flatMap { habit, count in Array(repeating: habit, count: count) }

  /// The habit that never beats comes first, because its talk takes 30 s to end.
  static func of(_ number: Int, among count: Int) -> Habit {
    let never = count / twenty.count
    return number < never ? .neverBeats : twenty[1 + (number - never) % (twenty.count - 1)]
  }

  /// The initial talk time of the wallet, in milliseconds.
  func grant(seconds: Int) -> Int64 {
    switch self {
    case .runsOut: Int64.random(in: Int64(seconds * 200)...Int64(seconds * 700))
    case .topsUp: Int64(seconds * 500)
    default: Int64((seconds + 600) * 1_000)
    }
  }
}
