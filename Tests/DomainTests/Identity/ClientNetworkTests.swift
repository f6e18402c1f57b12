import Domain
import Testing

@Suite("The network of a client")
struct ClientNetworkTests {
  @Test(
    "an address is cut to its network",
    arguments: [
      ("203.0.113.9", "203.0.113.0/24"), ("0.0.0.0", "0.0.0.0/24"), ("255.255.255.255", "255.255.255.0/24"),
      ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:DB8::1", "2001:db8::/64"), ("::1", "::/64"),
      ("::", "::/64"), ("2001:db8:0:1::", "2001:db8:0:1::/64"), ("fe80::1%eth0", "fe80::/64"),
      ("::ffff:203.0.113.9", "203.0.113.0/24"), ("::ffff:cb00:7109", "203.0.113.0/24"),
      ("64:ff9b::203.0.113.9", "64:ff9b::/64"),
    ])
  func cut(address: String, network: String) {
    #expect(ClientNetwork(address: address)?.description == network)
  }

  @Test(
    "the networks of a /48 are one site, and an IPv4 network is its own",
    arguments: [
      ("203.0.113.9", "203.0.113.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
      ("2001:db8:1:ffff::1", "2001:db8:1::/48"), ("2001:db8:2::", "2001:db8:2::/48"), ("2001:db8::1", "2001:db8::/48"),
      ("::1", "::/48"),
    ])
  func site(address: String, site: String) { #expect(ClientNetwork(address: address)?.site == site) }

  @Test(
    "a text that is no address has no network",
    arguments: [
      "", "unknown", "203.0.113", "203.0.113.9.1", "203.0.113.256", "203.0.113.+9", "203.0.113.9 ", "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9", "1::2::3", "::12345", "::g", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7::8", "1.2.3.4:80", "::1.2.3",
    ])
  func none(address: String) { #expect(ClientNetwork(address: address) == nil) }
}
