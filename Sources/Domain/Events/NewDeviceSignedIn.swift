/// Somebody signed in with a device that the account has not seen: its owner is told by mail.
public struct NewDeviceSignedIn: DomainEvent, Equatable {
  public static let type = "device.new_signed_in"
  public static let context = BoundedContext.identity
  public let userID: UserID
  public let deviceID: String
  /// Never a whole address.
  public let network: String?
  public let userAgent: String?
  /// In seconds since 1970.
  public let signedInAt: Int64
  public var subject: String { userID.description }

  public init(userID: UserID, deviceID: String, network: String?, userAgent: String?, signedInAt: Int64) {
    self.userID = userID
    self.deviceID = deviceID
    self.network = network
    self.userAgent = userAgent
    self.signedInAt = signedInAt
  }

  enum CodingKeys: String, CodingKey {
    case network, userID = "user_id", deviceID = "device_id", userAgent = "user_agent", signedInAt = "signed_in_at"
  }
}
