import Domain

public protocol CarePlanEraser: Sendable {
  /// Deletes the plan, also one that is still being written: none is stored or mailed afterwards. A repeat does
  /// nothing.
  func erase(_ session: SessionID, of user: UserID) async throws
}
