/// The network that a client's address belongs to, as its user sees it in the list of signed-in devices: the first 24
/// bits of an IPv4 address or the first 64 of an IPv6 address. The whole address is never stored.
public struct ClientNetwork: Hashable, Sendable, CustomStringConvertible {
  /// Such as `203.0.113.0/24` or `2001:db8:1:2::/64`.
  public let description: String
  /// What takes one turn where clients take turns: an IPv4 network, or the first 48 bits of an IPv6 address. Many a
  /// customer has a whole /48, and with it 65,536 networks.
  public let site: String

  /// Nil for a text that is no address.
  public init?(address: String) {
    switch IPAddress(address) {
    case .v4(let bytes):
      let network = bytes.prefix(3).map(String.init).joined(separator: ".") + ".0/24"
      (description, site) = (network, network)
    case .v6(let groups): (description, site) = (IPAddress.prefix(groups), IPAddress.prefix(groups, bits: 48))
    case nil: return nil
    }
  }
}
