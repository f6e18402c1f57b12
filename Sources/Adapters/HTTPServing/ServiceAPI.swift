import Hummingbird

/// The whole API of one service: its routes, the problems of its errors, and what comes before the router.
public struct ServiceAPI {
  public let router: Router<HTTPRequestContext>
  /// The prefix, such as `/billing`.
  public let prefix: RouterPath
  public let problems: ProblemTable
  public let fastPath: (any FastPath)?
  /// Whether the service answers `/healthz` for all four services.
  public let answersForAll: Bool

  public init(
    _ router: Router<HTTPRequestContext>, prefix: RouterPath, problems: ProblemTable, fastPath: (any FastPath)? = nil,
    answersForAll: Bool = false
  ) {
    self.router = router
    self.prefix = prefix
    self.problems = problems
    self.fastPath = fastPath
    self.answersForAll = answersForAll
  }
}
