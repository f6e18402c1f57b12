import Application
import Domain
import Testing

@Suite("A subscription to events")
struct EventSubscriptionTests {
  private struct Refusal: Error {}

  private func subscription(isFinal: @escaping @Sendable (any Error) -> Bool) -> EventSubscription {
    EventSubscription(
      group: .tasks, source: .context(.talk), isAway: { _ in false }, isFinal: isFinal, handle: { _ in })
  }

  @Test("an event that cannot be decoded is given up at once, whatever else a subscription gives up")
  func undecodable() {
    let error = UndecodableEvent(type: TalkSettled.type, reason: "no user_id")
    #expect(subscription { _ in false }.isFinal(error))
    #expect(subscription { $0 is Refusal }.isFinal(error) && subscription { $0 is Refusal }.isFinal(Refusal()))
  }

  @Test("an answer that a handler cannot decode says nothing about its event")
  func otherDecoding() {
    let error = DecodingError.dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: "no JSON"))
    #expect(!subscription { $0 is Refusal }.isFinal(error))
    #expect(!subscription { _ in false }.isFinal(Refusal()))
  }
}
