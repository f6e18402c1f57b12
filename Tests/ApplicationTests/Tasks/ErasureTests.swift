import Domain
import Fakes
import FoundationEssentials
import Synchronization
import Testing

@testable import Application

@Suite("The erasure of a deleted account")
struct ErasureTests {
  private func task(_ type: TaskType, _ payload: String, age: Duration = .zero, of user: UserID?) -> ClaimedTask {
    ClaimedTask(id: TaskID(UUID()), type: type, payload: payload, userID: user, attempt: 1, age: age)
  }

  @Test("it runs again until nothing can write more, and tells an operator after thirty days")
  func again() async {
    let user = UserID(UUID())
    let (eraser, accounts) = (ScriptedEraser([.unfinished, .unfinished, .complete]), InMemoryTaskQueue())
    accounts.delete(user)
    let erase = EraseAccountData(accounts: accounts, eraser: eraser)
    #expect(await erase.perform(task(.accountErasure, "{}", of: user)) == .waiting(for: .seconds(1)))
    #expect(
      await erase.perform(task(.accountErasure, "{}", age: .seconds(30 * 86_400), of: user))
        == .failed(code: "account_not_at_rest"))
    #expect(await erase.perform(task(.accountErasure, "{}", of: user)) == .completed)
    #expect(
      await erase.perform(task(.accountErasure, "{}", of: user)) == .retry(code: "erasure_unavailable", after: .zero))
    #expect(await erase.perform(task(.accountErasure, "{}", of: nil)) == .failed(code: "malformed_payload"))
    #expect(eraser.users == Array(repeating: user, count: 4))
  }

  @Test("it waits for a conversation that is open for as long as ElevenLabs is away or refuses our key")
  func openConversation() async {
    let user = UserID(UUID())
    let days = [0, 1, 3, 4, 6, 7, 8]
    let (eraser, accounts) = (
      ScriptedEraser(Array(repeating: ErasureProgress.unfinished, count: days.count) + [.complete]), InMemoryTaskQueue()
    )
    accounts.delete(user)
    let erase = EraseAccountData(accounts: accounts, eraser: eraser)
    for day in days {
      let outcome = await erase.perform(task(.accountErasure, "{}", age: .seconds(day * 86_400), of: user))
      #expect(outcome == .waiting(for: .seconds(day == 0 ? 1 : 900)))
    }
    #expect(await erase.perform(task(.accountErasure, "{}", age: .seconds(9 * 86_400), of: user)) == .completed)
    // Whoever gives up first leaves the conversation there.
    #expect(EraseAccountData.end.patience >= DurationCheckSchedule.patience + .seconds(86_400))
  }

  @Test("nothing of an account that was not deleted is erased, and an operator is told")
  func notDeleted() async {
    let eraser = ScriptedEraser([.complete])
    let erase = EraseAccountData(accounts: InMemoryTaskQueue(), eraser: eraser)
    #expect(
      await erase.perform(task(.accountErasure, "{}", of: UserID(UUID()))) == .failed(code: "account_not_deleted"))
    #expect(eraser.users.isEmpty)
  }

  @Test("a conversation that cannot be deleted now is tried for weeks, also where our key is refused")
  func conversations() async throws {
    let agent = FakeVoiceAgent()
    let erase = EraseConversation(conversations: agent)
    let payload = ConversationErasurePayload(conversationID: "conv_1").json
    #expect(await erase.perform(task(.conversationErasure, "{}", of: nil)) == .failed(code: "malformed_payload"))
    agent.become(.done, "conv_1")
    agent.failErasing(.unavailable)
    #expect(
      await erase.perform(task(.conversationErasure, payload, of: nil))
        == .waiting(for: .seconds(2), because: "conversation_unavailable"))
    #expect(
      await erase.perform(task(.conversationErasure, payload, age: .seconds(30 * 86_400), of: nil))
        == .failed(code: "conversation_unavailable"))
    agent.failErasing(.keyRefused)
    #expect(
      await erase.perform(task(.conversationErasure, payload, of: nil))
        == .waiting(for: .seconds(2), because: "elevenlabs_key_refused"))
    #expect(
      await erase.perform(task(.conversationErasure, payload, age: .seconds(30 * 86_400), of: nil))
        == .failed(code: "elevenlabs_key_refused"))
    // One that is refused whatever the key is an operator sees at once.
    agent.failErasing(.conversationRefused)
    #expect(
      await erase.perform(task(.conversationErasure, payload, of: nil))
        == .failed(code: "conversation_erasure_refused"))
    agent.failErasing(nil)
    for _ in 0..<2 { #expect(await erase.perform(task(.conversationErasure, payload, of: nil)) == .completed) }
    #expect(try await agent.conversation("conv_1") == nil)
  }
}

private final class ScriptedEraser: TaskServiceAccountEraser {
  private struct Away: Error {}
  private let answers: Mutex<[ErasureProgress]>
  private let asked = Mutex<[UserID]>([])

  init(_ answers: [ErasureProgress]) { self.answers = Mutex(answers) }

  var users: [UserID] { asked.withLock { $0 } }

  func erase(_ user: UserID) async throws -> ErasureProgress {
    asked.withLock { $0.append(user) }
    return try answers.withLock { answers in
      guard !answers.isEmpty else { throw Away() }
      return answers.removeFirst()
    }
  }
}
