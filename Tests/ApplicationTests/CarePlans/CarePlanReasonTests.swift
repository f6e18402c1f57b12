import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Why a care plan has failed")
struct CarePlanReasonTests {
  private let user = UserID(UUID())
  private let queue = InMemoryTaskQueue()
  private let talked = OneConversation(
    .done,
    said: [Transcript.Line(role: .agent, text: "How do you sleep?"), Transcript.Line(role: .user, text: "Badly.")])

  /// One attempt, whose model is never to be asked.
  private func attempt(
    _ number: Int, _ conversations: OneConversation, _ plans: InMemoryCarePlanRepository
  ) async throws -> TaskOutcome {
    let talk = TalkSettled(
      userID: user, sessionID: try session(), conversationID: "conv_1", charged: .seconds(20), endReason: "user")
    let writer = ScriptedCarePlanWriter(.success(try sleepPlan()))
    let make = MakeCarePlan(conversations: conversations, writer: writer, plans: plans)
    let outcome = await make.perform(claimed(.carePlan, CarePlanPayload(talk).json, of: user, attempt: number))
    #expect(writer.requests.isEmpty)
    return outcome
  }

  @Test("an outage after the third useless answer is not shown as the reason of the failure")
  func outageAfterLastAnswer() async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    // The worker of the third one has died, or could not store what follows.
    for _ in 1...3 { _ = try await plans.noteUselessAnswer("no_plan", session: try session(), user: user) }
    let away = try await attempt(4, OneConversation(.failure(.unavailable)), plans)
    #expect(away == .waiting(for: .seconds(2), because: "conversation_unavailable"))
    #expect(plans.reason(of: try session()) == "conversation_unavailable", "until then it is why nothing is there")
    #expect(try await attempt(5, talked, plans) == .failed(code: "no_plan"))
    #expect(try await plans.carePlan(of: try session()) == .failed(reason: "no_plan"))
  }

  @Test("also an outage without an end leaves the answers as the reason")
  func outageWithoutEnd() async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    for _ in 1...3 { _ = try await plans.noteUselessAnswer("no_plan", session: try session(), user: user) }
    _ = try await attempt(4, OneConversation(.failure(.unavailable)), plans)
    queue.advance(.seconds(3 * 86_400))
    #expect(try await attempt(5, OneConversation(.failure(.unavailable)), plans) == .failed(code: "no_plan"))
    #expect(try await plans.carePlan(of: try session()) == .failed(reason: "no_plan"))
  }

  @Test("with fewer useless answers the outage is the reason")
  func fewerAnswers() async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    for _ in 1...2 { _ = try await plans.noteUselessAnswer("no_plan", session: try session(), user: user) }
    _ = try await attempt(3, OneConversation(.failure(.unavailable)), plans)
    queue.advance(.seconds(3 * 86_400))
    let end = try await attempt(4, OneConversation(.failure(.unavailable)), plans)
    #expect(end == .failed(code: "conversation_unavailable"))
  }
}
