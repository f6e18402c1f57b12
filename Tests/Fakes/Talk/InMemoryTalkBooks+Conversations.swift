import Application
import Domain

extension InMemoryTalkBooks: KeepsConversations {
  public func openConversations(of user: UserID) async throws(TalkBooksError) -> [OpenConversation] {
    try await step(.conversations) { state in state.openConversations(of: user) }
  }

  public func close(_ conversation: String) async throws(TalkBooksError) {
    try await step(.close) { state in state.close(conversation) }
  }

  public func reckon(
    _ conversation: String, word: ConversationWord?
  ) async throws(TalkBooksError) -> ReckonedConversation? {
    try await step(.reckon) { state in state.reckon(conversation, word) }
  }
}

extension InMemoryTalkBooks: WatchesConversations {
  public func takeDue(limit: Int) async throws(TalkBooksError) -> [DueConversation] {
    try await step(.takeDue) { state in state.takeDue(limit) }
  }

  public func lookAgain(
    at due: DueConversation, in pause: Duration?, opened: Bool
  ) async throws(TalkBooksError) {
    try await step(.lookAgain) { state in state.lookAgain(at: due, in: pause, opened: opened) }
  }

  public func isTalkedOn(_ conversation: String) async throws(TalkBooksError) -> Bool {
    try await step(.isTalkedOn) { state in state.isTalkedOn(conversation) }
  }

  public func unsettledTalks(of conversation: String) async throws(TalkBooksError) -> [OverdueTalk] {
    try await step(.unsettledTalks) { state in
      state.talks.filter { $1.conversation == conversation && $1.settled == nil }.map { OverdueTalk($0, $1) }
    }
  }
}
