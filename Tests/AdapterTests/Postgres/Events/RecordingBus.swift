import Application
import Domain

/// A bus that records the events that it receives, in order; it can fail, and it can become another bus.
actor RecordingBus: EventPublisher {
  struct Down: Error {}

  private(set) var published: [EventEnvelope] = []
  private(set) var contexts: [BoundedContext] = []
  private(set) var failures = 0
  /// More than one means that two relays did not take turns.
  private(set) var mostAtOnce = 0
  /// The greatest number of events in one call.
  private(set) var largest = 0
  private var now = 0
  private var name: String
  private var successor: (name: String, after: Int)?
  private var isDown = false
  private var room = Int.max

  init(_ name: String = "first") { self.name = name }

  func goDown() { isDown = true }
  func comeBack() { (isDown, room) = (false, .max) }
  /// Fails after this number of further events.
  func goDown(after room: Int) { self.room = room }
  /// Becomes another bus, as after a restart: what it held may be lost.
  func become(_ name: String) { self.name = name }
  /// Becomes another bus as soon as this number of events is published.
  func become(_ name: String, after count: Int) { successor = (name, count) }

  var subjects: [String] { published.map(\.subject) }

  @discardableResult
  func publish(_ events: [(context: BoundedContext, envelope: EventEnvelope)]) async throws -> [StreamEntryID] {
    now += 1
    mostAtOnce = max(mostAtOnce, now)
    defer { now -= 1 }
    // Lets another relay run in between, if nothing keeps it out.
    for _ in 0..<5 { await Task.yield() }
    largest = max(largest, events.count)
    if isDown || published.count >= room {
      failures += 1
      throw Down()
    }
    let first = published.count
    published += events.map(\.envelope)
    contexts += events.map(\.context)
    if let successor, published.count >= successor.after {
      name = successor.name
      self.successor = nil
    }
    return (0..<events.count).map { StreamEntryID(milliseconds: 1, sequence: UInt64(first + $0)) }
  }

  func incarnation(for source: String) async throws -> String { name }
}
