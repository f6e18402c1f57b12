import Domain

/// What is left after a run of the erasure.
public enum ErasureProgress: Sendable, Equatable {
  case complete
  /// A task of the user is running, a talk is not settled, or a conversation may still go on. Each may write something
  /// more, so that the erasure has to run again.
  case unfinished
}

/// Erases what the task service has of a deleted account: care plans, the record of its mails, and its tasks. Makes a
/// task for each conversation that is over, which erases ElevenLabs' copy. One transaction; a repeat erases what has
/// come since.
public protocol TaskServiceAccountEraser: Sendable {
  func erase(_ user: UserID) async throws -> ErasureProgress
}
