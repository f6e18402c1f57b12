import Application
import Domain
import Fakes
import Testing

@Suite("Recording what the mail provider reports")
struct RecordMailEventsTests {
  private func event(_ address: String, _ kind: MailDeliveryEvent.Kind) throws -> MailDeliveryEvent {
    MailDeliveryEvent(address: try #require(EmailAddress(address)), kind: kind)
  }

  @Test("addresses that must get no mail are recorded, however often they are reported")
  func records() async throws {
    let addresses = InMemoryUndeliverableAddresses()
    let events = [
      try event("Asha@example.com", .bounce(isHard: true)), try event("asha@example.com", .bounce(isHard: true)),
      try event("ravi@example.com", .bounce(isHard: false)), try event("mina@example.com", .other),
      try event("tara@example.com", .spam),
    ]
    #expect(try await RecordMailEvents(addresses: addresses)(events) == 3)
    let (asha, tara) = (try #require(EmailAddress("asha@example.com")), try #require(EmailAddress("tara@example.com")))
    #expect(addresses.causes == [asha: .hardBounce, tara: .spam])
  }

  @Test("a report that cannot be recorded is asked for again")
  func away() async throws {
    let addresses = InMemoryUndeliverableAddresses()
    addresses.isAway = true
    let event = try event("asha@example.com", .spam)
    await #expect(throws: RecordMailEventsError.unavailable) {
      try await RecordMailEvents(addresses: addresses)([event])
    }
  }
}
