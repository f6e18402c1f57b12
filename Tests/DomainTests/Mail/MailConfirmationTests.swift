import Domain
import Testing

@Suite("Confirming that a mail was accepted")
struct MailConfirmationTests {
  @Test("the pauses double up to a minute and end when the mail may be sent again")
  func pauses() {
    var (age, asked) = (Duration.zero, [Duration]())
    while age < MailConfirmation.afterLostAnswer {
      age += MailConfirmation.pause(after: age, until: MailConfirmation.afterLostAnswer - age)
      asked.append(age)
    }
    #expect(asked.map { Int($0.components.seconds) } == [2, 4, 8, 16, 32, 64, 124, 184, 244, 300])
  }
}
