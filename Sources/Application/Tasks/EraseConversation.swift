import Domain

/// Has ElevenLabs delete its copy of a conversation of a deleted account.
public struct EraseConversation: TaskHandler {
  public let type = TaskType.conversationErasure
  private let conversations: any ConversationEraser

  public init(conversations: any ConversationEraser) { self.conversations = conversations }

  /// The erasure outlasts any outage of ElevenLabs.
  static let outage = TaskRecheckSchedule(first: .seconds(2), longest: .seconds(3_600), patience: .seconds(30 * 86_400))

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = ConversationErasurePayload(json: task.payload) else {
      return .failed(code: FailedErasure.malformed)
    }
    do throws(VoiceAgentError) {
      try await conversations.erase(payload.conversationID)
      return .completed
    } catch {
      switch error {
      // ElevenLabs refuses our key. An erasure that fails for that would leave the copy there for good.
      case .refused: return task.wait(by: Self.outage, orFail: "conversation_refused")
      case .unavailable: return task.wait(by: Self.outage, orFail: "conversation_unavailable")
      }
    }
  }
}
