import Application
import Domain
import Testing

@Suite("Which entries of a stream are removed")
struct StreamTrimPolicyTests {
  private let now: UInt64 = 1_800_000_000_000
  private func id(_ ago: UInt64, _ sequence: UInt64 = 0) -> StreamEntryID {
    StreamEntryID(milliseconds: now - ago, sequence: sequence)
  }

  @Test("entries that the slowest group has acknowledged are removed, up to its earliest pending entry")
  func slowest() {
    let groups = [
      ConsumerGroupProgress(name: "a", lastDelivered: id(700_000), oldestPending: nil),
      ConsumerGroupProgress(name: "b", lastDelivered: id(650_000), oldestPending: id(800_000, 3)),
    ]
    #expect(StreamTrimPolicy.acknowledged(by: groups, readers: ["a", "b"], now: now) == id(800_000, 3))
    #expect(StreamTrimPolicy.acknowledged(by: [groups[0]], readers: ["a"], now: now) == id(700_000, 1))
  }

  @Test("no entry of the last ten minutes is removed")
  func recent() {
    let group = ConsumerGroupProgress(name: "a", lastDelivered: id(5), oldestPending: nil)
    #expect(StreamTrimPolicy.acknowledged(by: [group], readers: ["a"], now: now) == id(600_000))
  }

  @Test("no entry is removed if a group that must read it is missing, or there is no group")
  func missing() {
    let group = ConsumerGroupProgress(name: "a", lastDelivered: id(700_000), oldestPending: nil)
    #expect(StreamTrimPolicy.acknowledged(by: [group], readers: ["a", "b"], now: now) == nil)
    #expect(StreamTrimPolicy.acknowledged(by: [], readers: [], now: now) == nil)
    // An unknown group counts as well.
    let other = ConsumerGroupProgress(name: "x", lastDelivered: id(900_000), oldestPending: nil)
    #expect(StreamTrimPolicy.acknowledged(by: [group, other], readers: ["a"], now: now) == id(900_000, 1))
  }

  @Test("all entries that are older than seven days are removed")
  func old() {
    #expect(StreamTrimPolicy.tooOld(for: Retention.streams, now: now) == id(7 * 86_400_000))
    #expect(StreamTrimPolicy.tooOld(for: Retention.streams, now: 5) == StreamEntryID(milliseconds: 0))
  }

  @Test("an entry id is read as it is written, and other text is refused")
  func ids() {
    for text in ["0-0", "1800000000000-17", "18446744073709551615-18446744073709551615"] {
      #expect(StreamEntryID(text)?.description == text)
    }
    for text in ["", "-", "1", "1-", "-1", "1-2-3", "a-1", "1-b", "18446744073709551616-0", "-1-1"] {
      #expect(StreamEntryID(text) == nil)
    }
    #expect(StreamEntryID(milliseconds: 1, sequence: 9) < StreamEntryID(milliseconds: 2, sequence: 0))
  }
}
