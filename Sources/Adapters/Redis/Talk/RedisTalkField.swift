/// The figures of a live talk, in the order in which the field `m` of its hash packs them, big-endian. For the scripts,
/// each figure's name in capitals, such as `START_BY`, is its place in the unpacked list, counted from 1.
enum RedisTalkField: String, CaseIterable {
  /// A ``Meter/State``.
  case state
  /// Milliseconds: the charge of the talk so far.
  case metered
  /// Milliseconds: the sum of all slices so far.
  case granted
  /// Milliseconds: the available time of the wallet, as Postgres last reported it.
  case available
  case version
  /// Whether the last slice took everything that was available, 0 or 1.
  case final
  /// The number of the last accepted beat.
  case seq
  /// Milliseconds of shard time: the time of the last beat.
  case beat
  /// Milliseconds of shard time: the time limit for the first beat. From the first beat on: the time of that beat, in
  /// milliseconds since 1970.
  case startBy
  case slice
  /// Milliseconds: how long the talk runs beyond its grant while Postgres cannot be reached.
  case grace
  /// Milliseconds: the longest duration of the talk.
  case longest
  /// Milliseconds of shard time: the theoretical arrival time of the beat limit (GCRA).
  case arrival
  case beats
  /// Milliseconds: the time that the clock had skipped when the talk was reserved. From the talk's end on: the time
  /// that it skipped during the talk.
  case skipped
  /// Milliseconds of shard time: when a tick checks the talk, as in the sorted set of the deadlines.
  case scheduled

  /// The format for struct.pack: a double for figures that may be large.
  private var format: String {
    switch self {
    case .state, .final: "B"
    case .slice, .grace, .longest, .beats: "I4"
    case .metered, .granted, .available, .version, .seq, .beat, .startBy, .arrival, .skipped, .scheduled: "d"
    }
  }

  private var scriptName: String { rawValue.reduce("") { $0 + ($1.isUppercase ? "_\($1)" : $1.uppercased()) } }

  static var layout: String { ">" + allCases.map(\.format).joined() }

  /// The place of each figure by its name in the scripts.
  static var places: [String: String] {
    Dictionary(uniqueKeysWithValues: zip(allCases.map(\.scriptName), (1...allCases.count).map(String.init)))
  }
}
