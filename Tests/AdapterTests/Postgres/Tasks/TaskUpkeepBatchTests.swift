import Testing

@testable import PostgresAdapter

/// When a statement of the upkeep is run again.
@Suite("A batch of the upkeep")
struct TaskUpkeepBatchTests {
  @Test("a whole batch is followed by another, also if some of its rows were changed at that moment")
  func goesOn() {
    let whole = PostgresTaskQueue.batch
    #expect(TaskUpkeepBatch(found: whole, changed: whole).mayHaveMore)
    #expect(TaskUpkeepBatch(found: whole, changed: 1).mayHaveMore)
  }

  @Test("a smaller one is the last, and so is one that could write nothing")
  func ends() {
    let whole = PostgresTaskQueue.batch
    #expect(!TaskUpkeepBatch(found: whole - 1, changed: whole - 1).mayHaveMore)
    #expect(!TaskUpkeepBatch(found: whole, changed: 0).mayHaveMore)
    #expect(!TaskUpkeepBatch.none.mayHaveMore)
  }
}
