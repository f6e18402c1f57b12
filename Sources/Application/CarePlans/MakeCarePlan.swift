import Domain
import FoundationEssentials

/// Turns a conversation's transcript into a stored plan, or into the reason why there is none. The task always ends: it
/// gives up on a conversation that was not opened while its URL was valid, and on one that is not over after a day.
public struct MakeCarePlan: TaskHandler {
  public let type = TaskType.carePlan
  private let conversations: any ConversationReader
  private let writer: any CarePlanWriter
  private let plans: any CarePlanRepository

  /// For a conversation that has not begun. Its URL was given out before this task was created.
  static let unopened = TaskRecheckSchedule(
    first: .seconds(2), longest: .seconds(300), patience: DurationCheckSchedule.openable)
  /// For a conversation that goes on, or that the provider still processes.
  static let unfinished = TaskRecheckSchedule(first: .seconds(2), longest: .seconds(900), patience: .seconds(86_400))

  public init(
    conversations: any ConversationReader, writer: any CarePlanWriter, plans: any CarePlanRepository
  ) {
    self.conversations = conversations
    self.writer = writer
    self.plans = plans
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = CarePlanPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    do {
      let transcript: Transcript
      switch try await material(payload, task.age) {
      case .later(let pause): return .waiting(for: pause)
      case .skip(let reason): return try await keep(.skipped(reason: reason), payload, user)
      case .some(let found): transcript = found
      }
      return try await keep(.ready(planJSON: try await written(transcript)), payload, user)
    } catch let error as CarePlanError {
      return await outcome(of: error, payload, user)
    } catch VoiceAgentError.refused {
      return .failed(code: "conversation_refused")
    } catch is VoiceAgentError {
      return .retry(code: "conversation_unavailable", after: .zero)
    } catch {
      return .retry(code: "care_plan_unavailable", after: .zero)
    }
  }

  private enum Material {
    case some(Transcript)
    case skip(reason: String)
    /// The conversation has not begun, goes on, or is still being processed by the provider.
    case later(Duration)
  }

  private func material(_ payload: CarePlanPayload, _ age: Duration) async throws -> Material {
    guard payload.charged > .zero, let id = payload.conversationID else { return .skip(reason: "no_conversation") }
    guard let conversation = try await conversations.conversation(id) else { return .skip(reason: "no_conversation") }
    if conversation.state == .failed { return .skip(reason: "conversation_failed") }
    guard conversation.state.isOver else {
      let isOpened = conversation.state != .initiated
      if let pause = (isOpened ? Self.unfinished : Self.unopened).pause(after: age) { return .later(pause) }
      return .skip(reason: isOpened ? "conversation_unfinished" : "no_conversation")
    }
    guard conversation.transcript.isConversation else { return .skip(reason: "nothing_said") }
    return .some(conversation.transcript)
  }

  private func written(_ transcript: Transcript) async throws -> String {
    let plan = try await writer.plan(from: transcript)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(plan), as: UTF8.self)
  }

  private func keep(_ plan: CarePlanOutcome, _ payload: CarePlanPayload, _ user: UserID) async throws -> TaskOutcome {
    var then: [NewTask] = []
    if case .ready = plan {
      then = [
        NewTask(
          type: .carePlanMail, payload: CarePlanMailPayload(sessionID: payload.sessionID).json, userID: user,
          uniqueKey: "care_plan_mail:\(payload.sessionID)")
      ]
    }
    try await plans.store(plan, session: payload.sessionID, user: user, then: then)
    return .completed
  }

  private func outcome(of error: CarePlanError, _ payload: CarePlanPayload, _ user: UserID) async -> TaskOutcome {
    switch error {
    case .later(let code, let after): return .retry(code: code, after: after)
    case .refused(let code):
      _ = try? await keep(.failed(reason: code), payload, user)
      return .failed(code: code)
    }
  }
}
