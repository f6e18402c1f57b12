import Domain
import Testing

@Suite("Addresses of clients")
struct IPAddressTests {
  @Test(
    "an IPv4 address is one subscriber; an IPv6 address belongs to the subscriber of its /64",
    arguments: [
      ("203.0.113.7", "203.0.113.7"), ("0.0.0.0", "0.0.0.0"), ("::ffff:203.0.113.7", "203.0.113.7"),
      ("::FFFF:cb00:7107", "203.0.113.7"), ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
      ("2001:0DB8:0000:0001::9", "2001:db8:0:1::/64"), ("2001:db8::1", "2001:db8::/64"), ("::1", "::/64"),
      ("fe80::1%eth0", "fe80::/64"), ("64:ff9b::203.0.113.7", "64:ff9b::/64"),
      ("1:2:3:4:5:6:7::", "1:2:3:4::/64"),
    ])
  func subscriber(address: String, expected: String) {
    #expect(IPAddress(address)?.subscriber == expected)
  }

  @Test("all addresses of a /64 count as one subscriber, those of the next one do not")
  func counted() {
    let subscribers = Set((0..<100).compactMap { IPAddress("2001:db8:0:1::\(String($0, radix: 16))")?.subscriber })
    #expect(subscribers == ["2001:db8:0:1::/64"] && IPAddress("2001:db8:0:2::1")?.subscriber == "2001:db8:0:2::/64")
  }

  @Test(
    "a text that is no address is none",
    arguments: ["", "unknown", "203.0.113.7, 1.1.1.1", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:1", "1:2:3:4:5:6:7:8::"])
  func none(text: String) { #expect(IPAddress(text) == nil) }
}
