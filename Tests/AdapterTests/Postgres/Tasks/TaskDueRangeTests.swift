import Testing

@testable import PostgresAdapter

@Suite("A look through spans of the queue")
struct TaskSpanTests {
  private static let lanes = ["a", "b", "c"].map { TaskLane(type: $0, priority: 0) }

  /// Looks with a body that has no time for more than so many microseconds of one lane.
  private static func seen(_ whole: TaskDueRange, atMost size: Int64) -> (spans: [TaskDueRange], looks: Int) {
    var (look, seen, looks) = (TaskDueRangeLook(whole), [TaskDueRange](), 0)
    while let span = look.next() {
      looks += 1
      if span.lanes.count > 1 || span.to - span.from > size {
        if look.divide(span) { continue }
      }
      seen.append(span)
    }
    return (seen, looks)
  }

  @Test("the parts of a span are the whole span, each moment once and in order", arguments: [1, 7, 1_000] as [Int64])
  func whole(size: Int64) {
    let (spans, _) = Self.seen(TaskDueRange(lanes: Self.lanes, from: 3, to: 12_345), atMost: size)
    for lane in Self.lanes {
      let own = spans.filter { $0.lanes == [lane] }
      #expect(own.first?.from == 3 && own.last?.to == 12_345)
      #expect(zip(own, own.dropFirst()).allSatisfy { $0.to == $1.from })
      #expect(own.allSatisfy { $0.to - $0.from <= size })
    }
  }

  @Test("a minute among sixty years is found in few steps")
  func deep() {
    var look = TaskDueRangeLook(TaskDueRange(lanes: [Self.lanes[0]], from: 0, to: 1_900_000_000_000_000))
    let dense: Int64 = 1_850_000_000_000_000
    var divided = 0
    while let span = look.next() {
      guard span.from <= dense, dense < span.to, span.to - span.from > 60_000_000 else { continue }
      divided += look.divide(span) ? 1 : 0
    }
    #expect(divided <= 8)
  }

  @Test("a microsecond of one lane is not divided, and nothing is no part")
  func smallest() {
    #expect(TaskDueRange(lanes: [Self.lanes[0]], from: 5, to: 6).parts.isEmpty)
    var nothing = TaskDueRangeLook(TaskDueRange(lanes: [], from: 0, to: 9))
    #expect(nothing.next() == nil)
  }

  @Test("lanes that are left out are in no later part")
  func leftOut() {
    var look = TaskDueRangeLook(TaskDueRange(lanes: Self.lanes, from: 0, to: 100))
    if let whole = look.next() {
      let isDivided = look.divide(whole)
      #expect(isDivided)
    }
    look.leaveOut([Self.lanes[0], Self.lanes[2]])
    var rest: [TaskLane] = []
    while let span = look.next() { rest += span.lanes }
    #expect(rest == [Self.lanes[1]])
  }
}
