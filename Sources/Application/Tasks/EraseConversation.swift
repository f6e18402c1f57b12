import Domain

/// Has ElevenLabs delete its copy of a conversation: of a deleted account, or of one that has reached its age.
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
    do throws(ConversationErasureError) {
      try await conversations.erase(payload.conversationID)
      return .completed
    } catch {
      switch error {
      // ElevenLabs refuses our key. An erasure that fails for that would leave the copy there for good.
      case .keyRefused: return task.wait(by: Self.outage, because: "elevenlabs_key_refused")
      case .unavailable: return task.wait(by: Self.outage, because: "conversation_unavailable")
      // Waiting would hide it for weeks, and it would take the place of others that are to be erased.
      case .conversationRefused: return .failed(code: FailedErasure.refused)
      }
    }
  }
}
