import Domain
import FoundationEssentials

/// Who watches what on one instance, and what they have been told. It knows no store and no clock.
struct WatcherBoard {
  private var talks: [WatcherID: SessionID] = [:]
  private var watchers: [SessionID: [WatcherID: Watcher]] = [:]

  var count: Int { talks.count }

  var all: [(id: WatcherID, watch: TalkWatch)] {
    watchers.values.flatMap { crowd in crowd.map { (id: $0.key, watch: $0.value.watch) } }
  }

  mutating func add(_ watcher: Watcher, _ id: WatcherID) {
    talks[id] = watcher.watch.session
    watchers[watcher.watch.session, default: [:]][id] = watcher
  }

  mutating func remove(_ id: WatcherID) {
    guard let session = talks.removeValue(forKey: id) else { return }
    watchers[session]?[id] = nil
    if watchers[session]?.isEmpty == true { watchers[session] = nil }
  }

  /// Whether the watcher has heard how the talk stands; true for one who has heard everything.
  func hasBegun(_ id: WatcherID) -> Bool {
    guard let session = talks[id] else { return true }
    return watchers[session]?[id]?.hasBegun ?? true
  }

  /// The last look came to nothing.
  mutating func lookAgain(at id: WatcherID) { update(id) { $0.lookAgain() } }

  mutating func begin(_ id: WatcherID, with found: TalkChange, at now: Date) {
    update(id) { $0.begin(with: found, at: now) }
  }

  mutating func refresh(_ id: WatcherID, with found: TalkChange, at now: Date) {
    update(id) { $0.refresh(with: found, at: now) }
  }

  mutating func tell(_ change: TalkChange, at now: Date) {
    guard let crowd = watchers[change.session] else { return }
    for id in crowd.keys { update(id) { $0.hear(change, at: now) } }
  }

  mutating func revoke(_ user: UserID, _ device: DeviceID?, upTo second: Int64) {
    for (id, watch) in all where watch.user == user {
      if device == watch.device || (device == nil && watch.issuedAt <= second) { end(id, with: .revoked) }
    }
  }

  /// - Returns: of whom the store is to be asked how their talk stands.
  mutating func due(at now: Date) -> [(id: WatcherID, watch: TalkWatch)] {
    var due: [(id: WatcherID, watch: TalkWatch)] = []
    for (id, watch) in all {
      update(id) { watcher in
        if watcher.isDue(at: now) { due.append((id, watch)) }
      }
    }
    return due
  }

  /// - Parameter last: the last word; nil where there is none.
  mutating func end(_ id: WatcherID, with last: WatchNotice?) {
    update(id) { $0.end(with: last) }
  }

  mutating func endAll(with last: WatchNotice) { for (id, _) in all { end(id, with: last) } }

  /// Whoever has heard everything is forgotten.
  private mutating func update(_ id: WatcherID, _ body: (inout Watcher) -> Void) {
    guard let session = talks[id], var watcher = watchers[session]?[id] else { return }
    body(&watcher)
    if watcher.isOver { remove(id) } else { watchers[session]?[id] = watcher }
  }
}
