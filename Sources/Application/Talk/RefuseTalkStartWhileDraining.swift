public enum DrainingError: StableError {
  /// This instance shuts down, or an operator has stopped new talks everywhere.
  case draining
  case unavailable

  public var code: String {
    switch self {
    case .draining: "draining"
    case .unavailable: "talks_unavailable"
    }
  }
}

/// Whether a talk may start here now. Only starts are refused: beats, ends and reads are served until the instance is
/// gone.
public struct RefuseTalkStartWhileDraining: Sendable {
  private let requests: any TalkStartPauseStore
  private let isLeaving: @Sendable () -> Bool

  /// - Parameter isLeaving: whether this instance was asked to shut down.
  public init(requests: any TalkStartPauseStore, isLeaving: @escaping @Sendable () -> Bool) {
    self.requests = requests
    self.isLeaving = isLeaving
  }

  public func callAsFunction() async throws(DrainingError) {
    if isLeaving() { throw .draining }
    let request: TalkStartPause?
    do { request = try await requests.current() } catch { throw .unavailable }
    if request != nil { throw .draining }
  }
}
