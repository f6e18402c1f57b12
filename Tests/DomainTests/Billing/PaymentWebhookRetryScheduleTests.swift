import Domain
import Testing

@Suite("The schedule of a webhook's attempts")
struct PaymentWebhookRetryScheduleTests {
  @Test("the pause doubles, up to 512 s")
  func pauses() {
    #expect(
      (1...4).map { PaymentWebhookRetrySchedule.pause(after: $0) } == [
        .seconds(2), .seconds(4), .seconds(8), .seconds(16),
      ])
    #expect(PaymentWebhookRetrySchedule.pause(after: 9) == .seconds(512))
    #expect(
      PaymentWebhookRetrySchedule.pause(after: .max) == .seconds(512)
        && PaymentWebhookRetrySchedule.pause(after: .min) == .seconds(1))
  }
}
