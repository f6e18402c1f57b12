import Domain
import FoundationEssentials
import Synchronization

/// The tasks of one type and one priority.
struct TaskLane: Hashable, Sendable {
  let type: String
  let priority: Int
}

/// A point in a lane, whose tasks are in the order of their times, and at the same time in that of their ids.
struct TaskLaneCursor: Equatable, Comparable, Sendable {
  /// Microseconds since 1970 by the clock of Postgres; 0 also stands for every moment before.
  let runAt: Int64
  /// Nil before every task of this time, and at the lane's beginning. Many tasks have the same time if one statement has
  /// inserted them.
  let id: UUID?

  init(runAt: Int64, id: UUID? = nil) {
    self.runAt = runAt
    self.id = runAt > 0 ? id : nil
  }

  /// Postgres, too, orders ids by their bytes.
  static func < (one: Self, other: Self) -> Bool {
    if one.runAt != other.runAt { return one.runAt < other.runAt }
    guard let id = other.id else { return false }
    return one.id.map { $0 < id } ?? true
  }
}

/// The cursor of each lane: where a claim begins. No task that a survey has seen is due before it.
final class TaskLaneCursors: Sendable {
  typealias Cursor = (lane: TaskLane, cursor: TaskLaneCursor)

  /// Nil for a lane that no claim has looked at yet.
  private let cursors: Mutex<[TaskLane: TaskLaneCursor?]>
  private let claims = Mutex(0)

  init() {
    let usual = TaskType.allCases.flatMap { type in
      TaskPriority.usual.map { TaskLane(type: type.rawValue, priority: $0) }
    }
    cursors = Mutex(Dictionary(usual.map { ($0, nil) }, uniquingKeysWith: { first, _ in first }))
  }

  /// Whether the claim that begins now is the one in `TaskPriority.claimsUntilOneByAge` that goes by age.
  func isNextByAge() -> Bool {
    claims.withLock { claims in
      claims = (claims + 1) % TaskPriority.claimsUntilOneByAge
      return claims == 0
    }
  }

  /// A claim never looks through a lane from its beginning: the survey does that, and may take long.
  /// - Parameter recent: a moment shortly before the claim, in microseconds since 1970.
  func lanes(from recent: Int64) -> [Cursor] {
    cursors.withLock { cursors in
      cursors.map { lane, cursor in
        let begin = cursor ?? TaskLaneCursor(runAt: recent)
        cursors[lane] = .some(begin)
        return (lane, begin)
      }
    }
  }

  /// After a claim that found fewer tasks than it could take, nothing due was left; what was committed late has a time
  /// that is a little earlier. After one that took all it could, the next goes on where it stopped. A lane that a
  /// survey has put back meanwhile keeps its cursor.
  /// - Parameters:
  ///   - begun: where the claim began.
  ///   - recent: a moment shortly before the claim, in microseconds since 1970.
  func note(_ begun: [Cursor], _ claimed: [Cursor], isFull: Bool, recent: Int64) {
    var last: [TaskLane: TaskLaneCursor] = [:]
    for (lane, cursor) in claimed { last[lane] = max(last[lane] ?? cursor, cursor) }
    cursors.withLock { cursors in
      for (lane, cursor) in begun where cursors[lane] == .some(.some(cursor)) {
        if !isFull {
          cursors[lane] = .some(TaskLaneCursor(runAt: recent))
        } else if let last = last[lane] {
          cursors[lane] = .some(max(cursor, last))
        }
      }
    }
  }

  /// Claims begin no later than at the first due task that a survey has found.
  func lower(_ found: [(lane: TaskLane, first: TaskLaneCursor?)]) {
    cursors.withLock { cursors in
      for (lane, first) in found {
        let cursor = cursors[lane] ?? nil
        cursors[lane] = .some(first.map { min(cursor ?? $0, $0) } ?? cursor)
      }
    }
  }
}
