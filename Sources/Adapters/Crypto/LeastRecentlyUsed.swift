/// A bounded cache in two generations: what was used since the last change of generations stays, and of the rest about
/// the half that was used least recently goes. Each access takes constant time.
struct LeastRecentlyUsed<Key: Hashable, Value> {
  private let mostRecent: Int
  private var recent: [Key: Value] = [:]
  private var older: [Key: Value] = [:]

  /// - Parameter most: the values that are kept at most.
  init(most: Int) { mostRecent = max(1, most / 2) }

  var count: Int { recent.count + older.count }

  /// Finding a value counts as its use.
  mutating func value(for key: Key) -> Value? {
    if let value = recent[key] { return value }
    guard let value = older.removeValue(forKey: key) else { return nil }
    set(value, for: key)
    return value
  }

  mutating func set(_ value: Value, for key: Key) {
    older[key] = nil
    recent[key] = value
    guard recent.count >= mostRecent else { return }
    (older, recent) = (recent, [:])
  }

  mutating func removeAll(where isUnwanted: (Value) -> Bool) {
    recent = recent.filter { !isUnwanted($0.value) }
    older = older.filter { !isUnwanted($0.value) }
  }
}
