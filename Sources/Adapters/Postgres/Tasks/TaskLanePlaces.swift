import Domain
import Synchronization

/// The tasks of one type and one priority.
struct TaskLane: Hashable, Sendable {
  let type: String
  let priority: Int
}

/// Where a claim begins in each lane, as microseconds since 1970 by the clock of Postgres; 0 is the lane's beginning.
/// No task that a survey has seen is due before that moment.
final class TaskLanePlaces: Sendable {
  typealias Place = (lane: TaskLane, place: Int64)

  /// Nil for a lane that no claim has looked at yet.
  private let places: Mutex<[TaskLane: Int64?]>
  private let claims = Mutex(0)

  init() {
    let usual = TaskType.allCases.flatMap { type in
      TaskPriority.usual.map { TaskLane(type: type.rawValue, priority: $0) }
    }
    places = Mutex(Dictionary(usual.map { ($0, nil) }, uniquingKeysWith: { first, _ in first }))
  }

  /// Whether the claim that begins now is the one in `TaskPriority.claimsUntilOneByAge` that goes by age.
  func isNextByAge() -> Bool {
    claims.withLock { claims in
      claims = (claims + 1) % TaskPriority.claimsUntilOneByAge
      return claims == 0
    }
  }

  /// A claim never looks through a lane from its beginning: the survey does that, and may take long.
  /// - Parameter recent: a moment shortly before the claim.
  func lanes(from recent: Int64) -> [Place] {
    places.withLock { places in
      places.map { lane, place in
        places[lane] = .some(place ?? recent)
        return (lane, place ?? recent)
      }
    }
  }

  /// After a claim that found fewer tasks than it could take, nothing due was left; what was committed late has a time
  /// that is a little earlier. After one that took all it could, the next goes on where it stopped. A lane that a
  /// survey has put back meanwhile keeps its place.
  /// - Parameters:
  ///   - begun: where the claim began.
  ///   - recent: a moment shortly before the claim.
  func note(_ begun: [Place], _ claimed: [(lane: TaskLane, runAt: Int64)], isFull: Bool, recent: Int64) {
    var last: [TaskLane: Int64] = [:]
    for (lane, runAt) in claimed { last[lane] = max(last[lane] ?? runAt, runAt) }
    places.withLock { places in
      for (lane, place) in begun where places[lane] == .some(.some(place)) {
        if !isFull {
          places[lane] = .some(recent)
        } else if let runAt = last[lane] {
          places[lane] = .some(max(place, runAt))
        }
      }
    }
  }

  /// Claims begin no later than at the first due task that a survey has found.
  func lower(_ found: [(lane: TaskLane, first: Int64?)]) {
    places.withLock { places in
      for (lane, first) in found {
        let place = places[lane] ?? nil
        places[lane] = .some(first.map { min(place ?? $0, $0) } ?? place)
      }
    }
  }
}
