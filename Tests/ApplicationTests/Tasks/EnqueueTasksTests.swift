import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Tasks made of events")
struct EnqueueTasksTests {
  let queue = InMemoryTaskQueue()

  @Test("a settled talk asks for its care plan, once however often it is told")
  func carePlan() async throws {
    let user = UserID(UUID())
    let session = try #require(SessionID("AAAAAAAAAAAAAAAAAAAAAA"))
    let settled = SessionSettled(
      userID: user, sessionID: session, conversationID: "conv_1", charged: .seconds(20), endReason: "user")
    let enqueue = EnqueueTasks(queue: queue)
    for id in ["1", "1", "2"] { try await enqueue(.settled(settled), id: try #require(EventID(id))) }
    #expect(queue.rows.count == 1)
    let row = try #require(queue.rows.first)
    #expect(row.task.type == .carePlan && row.task.userID == user)
    #expect(CarePlanPayload(json: row.task.payload) == CarePlanPayload(settled))
  }

  @Test("a proven address wakes the mails that waited for it")
  func wakes() async throws {
    let user = UserID(UUID())
    let mail = NewTask(type: .carePlanMail, payload: "{}", userID: user, uniqueKey: nil)
    try await queue.enqueue([mail], wake: nil, for: try #require(EventID("1")))
    let claimed = try #require(try await queue.claim(limit: 1, worker: "a", lease: .seconds(9)).first)
    _ = try await queue.finish(claimed, worker: "a", as: .again(after: .seconds(900), code: nil, counts: false))
    #expect(try await queue.claim(limit: 1, worker: "a", lease: .seconds(9)).isEmpty)
    try await EnqueueTasks(queue: queue)(.verified(EmailVerified(userID: user)), id: try #require(EventID("2")))
    #expect(try await queue.claim(limit: 1, worker: "a", lease: .seconds(9)).count == 1)
  }
}
