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
    while let next = queue.next() { order.append(next) }
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

  @Test("each element comes out once, whatever the order of adding and taking")
  func complete() {
    for seed in 0..<200 {
      var generator = SystemRandomNumberGenerator()
      var queue = FairQueue<Int, Int>(maximumOfClient: 5, maximum: 12)
      var (expected, taken) = (Set<Int>(), [Int]())
      for element in 0..<100 {
        if Bool.random(using: &generator), let next = queue.next() { taken.append(next) }
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
      while let next = queue.next() { taken.append(next) }
      #expect(taken.count == expected.count && Set(taken) == expected, "run \(seed)")
    }
  }
}
