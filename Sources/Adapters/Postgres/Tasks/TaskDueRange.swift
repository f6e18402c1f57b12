/// The unfinished tasks of some lanes that become due within a span of time.
struct TaskDueRange: Sendable, Equatable {
  let lanes: [TaskLane]
  /// Microseconds since 1970 by the clock of Postgres; 0 also stands for every moment before.
  let from: Int64
  /// The first moment after the span.
  let to: Int64

  /// Into how many parts a span of time is divided. Most of a long span is empty, so that few divisions lead to what is
  /// dense.
  private static let timeParts: Int64 = 16

  /// The same in smaller spans, in the order of time; empty for one microsecond of one lane.
  var parts: [TaskDueRange] {
    if lanes.count > 1 {
      let half = lanes.count / 2
      return [lanes.prefix(half), lanes.dropFirst(half)].map { TaskDueRange(lanes: Array($0), from: from, to: to) }
    }
    guard to - from > 1 else { return [] }
    let step = max(1, (to - from + Self.timeParts - 1) / Self.timeParts)
    return stride(from: from, to: to, by: Int(step)).map { begin in
      TaskDueRange(lanes: lanes, from: begin, to: min(begin + step, to))
    }
  }
}

/// What is still to be looked at of a span, in parts that get smaller where a look takes too long.
struct TaskDueRangeLook: Sendable {
  /// The next part is the last element.
  private var left: [TaskDueRange]

  init(_ span: TaskDueRange) { left = span.lanes.isEmpty || span.from >= span.to ? [] : [span] }

  mutating func next() -> TaskDueRange? { left.popLast() }

  /// Looks at the part in smaller parts.
  /// - Returns: false if it cannot be divided.
  mutating func divide(_ part: TaskDueRange) -> Bool {
    let parts = part.parts
    left += parts.reversed()
    return !parts.isEmpty
  }

  /// Looks at no later part of these lanes.
  mutating func leaveOut(_ lanes: Set<TaskLane>) {
    left = left.compactMap { span in
      let rest = span.lanes.filter { !lanes.contains($0) }
      return rest.isEmpty ? nil : TaskDueRange(lanes: rest, from: span.from, to: span.to)
    }
  }
}
