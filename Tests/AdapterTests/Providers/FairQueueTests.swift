import Dispatch
import Synchronization
import Testing

@testable import CryptoAdapter

@Suite("The queue of password hashes")
struct FairQueueTests {
  private func queue(_ elements: [(String, Int)], ofClient: Int = 64, maximum: Int = 512) -> FairQueue<String, String> {
    var queue = FairQueue<String, String>(maximumOfClient: ofClient, maximum: maximum)
    for (client, count) in elements {
      for number in 0..<count { _ = queue.add("\(client)\(number)", of: client) }
    }
    return queue
  }

  private func drained(_ queue: FairQueue<String, String>) -> [String] {
    var (queue, order) = (queue, [String]())
    while let next = queue.next() { order.append(next.element) }
    return order
  }

  @Test("clients take turns, whoever came first and however much they want")
  func turns() {
    #expect(drained(queue([("a", 4), ("b", 2), ("c", 1)])) == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"])
  }

  @Test("a newcomer waits for one element of each other client")
  func newcomer() {
    var waiting = queue([("a", 60), ("b", 60)])
    _ = waiting.next()
    guard case .added = waiting.add("c0", of: "c") else { return #expect(Bool(false), "it was not added") }
    #expect(drained(waiting).firstIndex(of: "c0") == 2)
  }

  @Test("a client has at most its own maximum waiting")
  func bounded() {
    var waiting = queue([("a", 100)], ofClient: 10)
    #expect(waiting.count == 10)
    guard case .refused = waiting.add("a", of: "a") else { return #expect(Bool(false), "it was added") }
    _ = waiting.next()
    guard case .added = waiting.add("a", of: "a") else { return #expect(Bool(false), "it was refused") }
  }

  @Test("in a full queue a client with less displaces the last element of the one with the most")
  func displaces() {
    var waiting = queue([("a", 6), ("b", 2)], maximum: 8)
    guard case .displaced("a5") = waiting.add("c0", of: "c") else { return #expect(Bool(false), "nothing gave way") }
    #expect(waiting.count == 8)
    guard case .refused = waiting.add("a6", of: "a") else { return #expect(Bool(false), "it was added") }
    #expect(drained(waiting) == ["a0", "b0", "c0", "a1", "b1", "a2", "a3", "a4"])
  }

  @Test("in a queue that many clients share evenly, nobody displaces anybody")
  func even() {
    var waiting = queue((0..<8).map { ("client \($0) ", 1) }, maximum: 8)
    guard case .refused = waiting.add("newcomer", of: "newcomer") else { return #expect(Bool(false), "it was added") }
    #expect(waiting.count == 8)
  }

  @Test("a client with a crowd has one thread less than there are, and others do not wait for it")
  func crowd() {
    var waiting = FairQueue<String, String>(maximumOfClient: 64, maximum: 512, crowd: 2, crowdAtOnce: 1)
    for number in 0..<5 { _ = waiting.add("a\(number)", of: "a") }
    #expect(waiting.next()?.element == "a0")
    #expect(waiting.next() == nil && waiting.count == 4)
    _ = waiting.add("b0", of: "b")
    #expect(waiting.next()?.element == "b0")
    waiting.finish("b")
    #expect(waiting.next() == nil)
    waiting.finish("a")
    #expect(waiting.next()?.element == "a1")
    waiting.finish("a")
    #expect(waiting.next()?.element == "a2")
    // Two are left, and these are no crowd.
    #expect(waiting.next()?.element == "a3" && waiting.next()?.element == "a4" && waiting.next() == nil)
  }

  @Test(
    "all work of a crowd is done, one less at once than there are threads, and another client's beside it",
    arguments: [false, true])
  func crowdedThreads(closes: Bool) async throws {
    let queue = FairWorkQueue<String>(threads: 2, maximumOfClient: 64, maximum: 512, crowd: 4)
    let (early, late, begun) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), Counts())
    let ran = await withTaskGroup(of: Int.self) { group in
      // Both threads are in use until all of the crowd waits.
      for client in ["x", "y"] {
        group.addTask {
          _ = try? await queue.run(for: client) {
            begun.add("early")
            early.wait()
          }
          return -1
        }
      }
      while begun["early"] < 2 { await Task.yield() }
      for number in 0..<20 {
        group.addTask {
          (try? await queue.run(for: "crowd") {
            begun.add("crowd")
            late.wait()
            return number
          }) ?? -2
        }
      }
      while queue.waiting < 20 { await Task.yield() }
      early.signal()
      early.signal()
      while begun["crowd"] < 1 { await Task.yield() }
      #expect((try? await queue.run(for: "other") { true }) == true)
      #expect(begun["crowd"] == 1)
      if closes { queue.close() }
      for _ in 0..<20 { late.signal() }
      return await group.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    if !closes { queue.close() }
    #expect(ran == Set(-1..<20))
  }

  @Test("each element comes out once, whatever the order of adding and taking")
  func complete() {
    for seed in 0..<200 {
      var generator = SystemRandomNumberGenerator()
      var queue = FairQueue<Int, Int>(maximumOfClient: 5, maximum: 12)
      var (expected, taken) = (Set<Int>(), [Int]())
      for element in 0..<100 {
        if Bool.random(using: &generator), let next = queue.next() { taken.append(next.element) }
        let client = Int.random(in: 0..<6, using: &generator)
        let hasRoom = queue.hasRoom(for: client)
        switch queue.add(element, of: client) {
        case .added:
          expected.insert(element)
          #expect(hasRoom)
        case .displaced(let other):
          expected.insert(element)
          expected.remove(other)
          #expect(hasRoom)
        case .refused: #expect(!hasRoom)
        }
        #expect(queue.count <= 12)
      }
      while let next = queue.next() { taken.append(next.element) }
      #expect(taken.count == expected.count && Set(taken) == expected, "run \(seed)")
    }
  }
}

private final class Counts: Sendable {
  private let counts = Mutex<[String: Int]>([:])
  func add(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }
  subscript(name: String) -> Int { counts.withLock { $0[name, default: 0] } }
}
