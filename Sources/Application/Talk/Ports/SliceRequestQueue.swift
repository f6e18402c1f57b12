import Domain

/// Gets the next slice without anybody waiting for it; a talk that is asked for already is not asked for twice.
public protocol SliceRequestQueue: Sendable {
  func ask(for talk: LiveTalk, user: UserID)
}
