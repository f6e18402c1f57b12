import Application
import Domain

/// The numbers of tasks, a member a state, and the ages of the oldest of them.
struct TaskStatsResponse: Encodable {
  private let stats: TaskStats

  init(_ stats: TaskStats) { self.stats = stats }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for (state, number) in stats.counts { try container.encode(number, forKey: Key(state.rawValue)) }
    let ages = stats.oldest.map { state, types in (state.rawValue, types.mapValues(\.wholeMilliseconds)) }
    try container.encode(Dictionary(uniqueKeysWithValues: ages), forKey: Key("oldest_ms"))
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
