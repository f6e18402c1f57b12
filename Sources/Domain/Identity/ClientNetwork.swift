/// The network that a client's address belongs to, as its user sees it in the list of signed-in devices: the first 24
/// bits of an IPv4 address or the first 64 of an IPv6 address. The whole address is never stored.
public struct ClientNetwork: Hashable, Sendable, CustomStringConvertible {
  /// Such as `203.0.113.0/24` or `2001:db8:1:2::/64`.
  public let description: String

  /// Nil for a text that is no address.
  public init?(address: String) {
    switch IPAddress(address) {
    case .v4(let bytes): description = bytes.prefix(3).map(String.init).joined(separator: ".") + ".0/24"
    case .v6(let groups): description = IPAddress.prefix(groups)
    case nil: return nil
    }
  }
}
