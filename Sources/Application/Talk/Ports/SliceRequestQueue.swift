import Domain

/// Requests the next slice in the background. A talk with a pending request is not added again.
public protocol SliceRequestQueue: Sendable {
  func ask(for talk: LiveTalk, user: UserID)
}
