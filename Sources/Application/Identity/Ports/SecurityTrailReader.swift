import Domain
import FoundationEssentials

/// One entry of the trail of an account.
public struct SecurityEvent: Sendable, Equatable {
  /// Greater for a later event.
  public let number: Int64
  public let at: Date
  /// The value of a `SecurityEventKind`.
  public let kind: String
  /// Such as `203.0.113.0/24`.
  public let network: String?
  public let device: DeviceID?
  /// More about it, such as the methods of a sign-in or the cause of a device's end.
  public let detail: String?

  public init(number: Int64, at: Date, kind: String, network: String?, device: DeviceID?, detail: String?) {
    self.number = number
    self.at = at
    self.kind = kind
    self.network = network
    self.device = device
    self.detail = detail
  }
}

/// The trail of an account, in which each change of its security is recorded together with the change.
public protocol SecurityTrailReader: Sendable {
  /// - Parameter number: of the last event of the page before; nil for the first page.
  /// - Returns: at most `limit` events, the newest first.
  func events(of user: UserID, before number: Int64?, limit: Int) async throws(IdentityError) -> [SecurityEvent]
}
