import Domain

/// Where a change of an account comes from, for the trail of its security events and the turns at password hashes. It
/// travels with the request's task, as the context of a trace does, because every repository that changes an account
/// needs it and no rule does.
public struct RequestOrigin: Sendable, Equatable {
  @TaskLocal public static var current: RequestOrigin?

  public let requestID: String
  public let network: ClientNetwork?
  /// The device that is signed in; nil where none is. A repository that changes a way to sign in, removes the account
  /// or makes a mailed link for it throws `invalidToken` if this device has ended by then.
  public var device: DeviceID?

  public init(requestID: String, network: ClientNetwork?, device: DeviceID? = nil) {
    self.requestID = requestID
    self.network = network
    self.device = device
  }

  /// Runs an operator's change: its owner is not shown the operator's network and device.
  public static func withoutClient<T: Sendable>(_ body: () async throws -> T) async throws -> T {
    try await $current.withValue(current.map { RequestOrigin(requestID: $0.requestID, network: nil) }) {
      try await body()
    }
  }
}
