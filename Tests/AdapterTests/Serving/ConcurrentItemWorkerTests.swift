import Runtime
import Synchronization
import Testing

/// The items of a store, and those that are being processed.
private final class Work: Sendable {
  private struct State {
    var waiting: [Int]
    var underWay: Set<Int> = []
    var most = 0
    var done: [Int] = []
    var asked: [Int] = []
  }
  private let state: Mutex<State>
  let (changes, change) = AsyncStream.makeStream(of: Void.self)

  init(_ items: Range<Int>) { state = Mutex(State(waiting: Array(items))) }

  var done: [Int] { state.withLock { $0.done } }
  var most: Int { state.withLock { $0.most } }
  var asked: [Int] { state.withLock { $0.asked } }

  func add(_ item: Int) { state.withLock { $0.waiting.append(item) } }

  func take(_ limit: Int) -> [Int] {
    state.withLock { state in
      state.asked.append(limit)
      let taken = Array(state.waiting.prefix(limit))
      state.waiting.removeFirst(taken.count)
      return taken
    }
  }

  func begin(_ item: Int) {
    state.withLock { state in
      state.underWay.insert(item)
      state.most = max(state.most, state.underWay.count)
    }
  }

  func end(_ item: Int) {
    state.withLock { state in
      state.underWay.remove(item)
      state.done.append(item)
    }
    change.yield()
  }

  /// Waits until this number of items is done.
  func reaches(_ count: Int) async {
    for await _ in changes where done.count >= count { return }
  }
}

@Suite("Concurrent workers")
struct ConcurrentItemWorkerTests {
  /// Runs the worker until the body has ended.
  private func running(
    _ work: Work, places: Int, every: Duration = .milliseconds(5), wakes: AsyncStream<Void>? = nil,
    _ perform: @escaping @Sendable (Int) async -> Void, until body: () async -> Void
  ) async {
    let loop = ConcurrentItemWorker(places: places, every: every) {
      work.take($0)
    } work: { item in
      work.begin(item)
      await perform(item)
      work.end(item)
    }
    let task = Task { if let wakes { await loop.run(wokenBy: wakes) } else { await loop.run() } }
    await body()
    task.cancel()
    await task.value
  }

  @Test("an item that does not finish delays no other item while a place is free", .timeLimit(.minutes(1)))
  func slowOne() async {
    let work = Work(0..<50)
    await running(work, places: 2) { item in
      if item == 0 { try? await Task.sleep(for: .seconds(3_600)) }
    } until: {
      await work.reaches(49)
      #expect(work.done == Array(1..<50))
    }
    #expect(work.done.last == 0, "what was under way is waited for")
  }

  @Test(
    "no more items run at once than there are places, and no more are requested from the store", .timeLimit(.minutes(1))
  )
  func places() async {
    let work = Work(0..<200)
    await running(work, places: 4) { _ in
      await Task.yield()
    } until: {
      await work.reaches(200)
    }
    #expect(work.most <= 4 && work.asked.allSatisfy { (1...4).contains($0) })
    #expect(Set(work.done) == Set(0..<200) && work.done.count == 200)
  }

  @Test("a wake makes the worker ask the store at once", .timeLimit(.minutes(1)))
  func wakes() async {
    let work = Work(0..<0)
    let (wakes, wake) = AsyncStream.makeStream(of: Void.self)
    await running(work, places: 1, every: .seconds(3_600), wakes: wakes) { _ in
    } until: {
      work.add(7)
      wake.yield()
      await work.reaches(1)
    }
    #expect(work.done == [7])
  }
}
