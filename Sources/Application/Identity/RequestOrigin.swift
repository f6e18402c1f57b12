import Domain

/// Where a change of an account comes from, for the trail of its security events. It travels with the request's task, as
/// the context of a trace does, because every repository that changes an account needs it and no rule does.
public struct RequestOrigin: Sendable, Equatable {
  @TaskLocal public static var current: RequestOrigin?

  public let requestID: String
  public let network: ClientNetwork?
  /// The device that is signed in; nil where none is.
  public var device: DeviceID?

  public init(requestID: String, network: ClientNetwork?, device: DeviceID? = nil) {
    self.requestID = requestID
    self.network = network
    self.device = device
  }
}
