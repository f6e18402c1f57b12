import Application
import Domain
import Fakes
import FoundationEssentials
import Synchronization
import Testing

/// A claimed task as a handler receives it.
func claimed(
  _ type: TaskType, _ payload: String, of user: UserID?, attempt: Int = 1, age: Duration = .zero
) -> ClaimedTask {
  ClaimedTask(id: TaskID(UUID()), type: type, payload: payload, userID: user, attempt: attempt, age: age)
}

/// Mail with its log and its recipients, all in memory.
struct MailWorld {
  let log = InMemorySentMailLog()
  let mailer = InMemoryMailer()
  let undeliverable = InMemoryUndeliverableAddresses()
  let user = UserID(UUID())

  var deliver: DeliverMail {
    DeliverMail(
      recipients: log, undeliverable: undeliverable, log: log, mailer: mailer, composer: PlainMailComposer())
  }

  init(verified: Bool) { address(verified: verified) }

  func address(verified: Bool) {
    log.add(Recipient(userID: user, email: "asha@example.com", name: "Asha", verified: verified))
  }
}

/// One conversation, with the state that the provider reports now.
final class OneConversation: ConversationReader {
  private let answer: Mutex<Result<Conversation?, VoiceAgentError>>

  init(_ answer: Result<Conversation?, VoiceAgentError>) { self.answer = Mutex(answer) }

  convenience init(_ state: ConversationState, said lines: [Transcript.Line]) {
    self.init(
      .success(
        Conversation(id: "conv_1", state: state, duration: .seconds(60), transcript: Transcript(lines: lines))))
  }

  func become(_ answer: Result<Conversation?, VoiceAgentError>) { self.answer.withLock { $0 = answer } }

  func conversation(_ id: String) async throws(VoiceAgentError) -> Conversation? {
    guard let found = try answer.withLock(\.self).get(), found.id == id else { return nil }
    return found
  }
}

func session(_ text: String = "AAAAAAAAAAAAAAAAAAAAAA") throws -> SessionID { try #require(SessionID(text)) }

func sleepPlan() throws -> CarePlan {
  try #require(
    CarePlan(
      title: "Sleep better", summary: "You sleep badly.",
      steps: [CarePlan.Step(title: "No screens", detail: "For an hour before bed.")], seekHelpIf: ["It lasts a month"]))
}
