public enum AdmissionError: StableError {
  /// This instance is going down, or an operator has stopped new talks everywhere.
  case draining
  case unavailable

  public var code: String {
    switch self {
    case .draining: "draining"
    case .unavailable: "talks_unavailable"
    }
  }
}

/// Whether a talk may start here now. Nothing else asks: beats, ends and reads are served to the last moment.
public struct AdmitTalk: Sendable {
  private let orders: any DrainOrderStore
  private let isLeaving: @Sendable () -> Bool

  /// - Parameter isLeaving: whether this instance has been told to go.
  public init(orders: any DrainOrderStore, isLeaving: @escaping @Sendable () -> Bool) {
    self.orders = orders
    self.isLeaving = isLeaving
  }

  public func callAsFunction() async throws(AdmissionError) {
    if isLeaving() { throw .draining }
    let order: DrainOrder?
    do { order = try await orders.order() } catch { throw .unavailable }
    if order != nil { throw .draining }
  }
}
