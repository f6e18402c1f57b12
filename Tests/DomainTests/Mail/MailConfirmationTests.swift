import Domain
import Testing

@Suite("Confirming that a mail was accepted")
struct MailConfirmationTests {
  @Test("each further sending waits twice as long, up to an hour")
  func resends() {
    let waits = (0..<9).map { MailConfirmation.untilResend(MailConfirmation.afterServerError, sends: $0) }
    #expect(waits.map { Int($0.components.seconds) } == [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600])
    #expect(MailConfirmation.untilResend(MailConfirmation.afterLostAnswer, sends: .max) == .seconds(3_600))
  }

  @Test("the pauses double up to five minutes and end when the mail may be sent again")
  func pauses() {
    var (age, asked) = (Duration.zero, [Duration]())
    while age < MailConfirmation.afterLostAnswer {
      age += MailConfirmation.pause(after: age, until: MailConfirmation.afterLostAnswer - age)
      asked.append(age)
    }
    #expect(asked.map { Int($0.components.seconds) } == [2, 4, 8, 16, 32, 64, 128, 256, 300])
  }
}
