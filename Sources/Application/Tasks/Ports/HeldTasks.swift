/// What a worker still has of its tasks.
public struct HeldTasks: Sendable, Equatable {
  public let claims: Set<TaskClaim>
  /// Those of them that an operator wants to stop.
  public let toCancel: Set<TaskClaim>

  public init(claims: Set<TaskClaim>, toCancel: Set<TaskClaim>) {
    self.claims = claims
    self.toCancel = toCancel
  }
}
