import Domain
import Testing

@Suite("Networks of clients")
struct ClientNetworkTests {
  @Test(
    "an IPv4 address is its own network; an IPv6 address belongs to its /64",
    arguments: [
      ("203.0.113.7", "203.0.113.7"), ("0.0.0.0", "0.0.0.0"), ("::ffff:203.0.113.7", "203.0.113.7"),
      ("::FFFF:cb00:7107", "203.0.113.7"), ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
      ("2001:0DB8:0000:0001::9", "2001:db8:0:1::/64"), ("2001:db8::1", "2001:db8:0:0::/64"), ("::1", "0:0:0:0::/64"),
      ("::", "0:0:0:0::/64"), ("fe80::1%eth0", "fe80:0:0:0::/64"), ("64:ff9b::203.0.113.7", "64:ff9b:0:0::/64"),
      ("1:2:3:4:5:6:7::", "1:2:3:4::/64"),
    ])
  func network(address: String, expected: String) {
    #expect(ClientNetwork(address)?.description == expected)
  }

  @Test(
    "what is no address has no network",
    arguments: [
      "", "unknown", "203.0.113", "203.0.113.256", "203.0.113.7.1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
      "12345::", "1:2:3:4:5:6:7:8::", ":1::", "g::", "::1.2.3", "203.0.113.7, 1.1.1.1", "1:2:3:4:5:6:7:1.2.3.4",
    ])
  func noAddress(text: String) {
    #expect(ClientNetwork(text) == nil)
  }

  @Test("all addresses of a /64 count as one, those of the next one do not")
  func counted() {
    let networks = Set((0..<100).compactMap { ClientNetwork("2001:db8:0:1::\(String($0, radix: 16))") })
    #expect(networks.count == 1 && !networks.contains { $0 == ClientNetwork("2001:db8:0:2::1") })
  }
}
