/// The figures of a live talk, in the order in which the field `m` of its hash packs them, big-endian. Scripts know each by
/// its name in capitals, such as `START_BY`, as its place in the unpacked list, from 1.
enum TalkFigure: String, CaseIterable {
  /// A ``Meter/State``.
  case state
  /// Milliseconds: what the talk has cost so far.
  case metered
  /// Milliseconds: all slices so far.
  case granted
  /// Milliseconds: what Postgres last said is free in the wallet.
  case available
  case version
  /// Whether the last slice took all there was, 0 or 1.
  case final
  /// Of the last accepted beat.
  case seq
  /// Milliseconds of shard time: when the last beat came.
  case beat
  /// Milliseconds of shard time: until when the first beat is waited for. From the first beat on: when that came, in
  /// milliseconds since 1970.
  case startBy
  case slice
  /// Milliseconds: how long the talk runs on beyond its grant while Postgres is away.
  case grace
  /// Milliseconds: the maximal length of the talk.
  case longest
  /// Milliseconds of shard time: the theoretical arrival time of the beat limit (GCRA).
  case arrival
  case beats
  /// Milliseconds: what the clock had skipped when the talk was reserved; from its end on, what it skipped during the talk.
  case skipped
  /// Milliseconds of shard time: when a tick looks at the talk, as the sorted set of the deadlines has it.
  case scheduled

  /// How struct.pack writes it: what may be large as a double.
  private var format: String {
    switch self {
    case .state, .final: "B"
    case .slice, .grace, .longest, .beats: "I4"
    case .metered, .granted, .available, .version, .seq, .beat, .startBy, .arrival, .skipped, .scheduled: "d"
    }
  }

  private var scriptName: String { rawValue.reduce("") { $0 + ($1.isUppercase ? "_\($1)" : $1.uppercased()) } }

  static var layout: String { ">" + allCases.map(\.format).joined() }

  /// `local STATE, METERED, … = 1, 2, …`.
  static var places: String {
    let names = allCases.map(\.scriptName).joined(separator: ", ")
    return "local \(names) = \((1...allCases.count).map(String.init).joined(separator: ", "))\n"
  }
}
