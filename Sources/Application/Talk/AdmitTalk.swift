public enum AdmissionError: StableError {
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
public struct AdmitTalk: Sendable {
  private let orders: any DrainRequestStore
  private let isLeaving: @Sendable () -> Bool

  /// - Parameter isLeaving: whether this instance was asked to shut down.
  public init(orders: any DrainRequestStore, isLeaving: @escaping @Sendable () -> Bool) {
    self.orders = orders
    self.isLeaving = isLeaving
  }

  public func callAsFunction() async throws(AdmissionError) {
    if isLeaving() { throw .draining }
    let order: DrainRequest?
    do { order = try await orders.order() } catch { throw .unavailable }
    if order != nil { throw .draining }
  }
}
