import Domain
import FoundationEssentials
import Testing

@Suite("Session ids and shards")
struct SessionIDTests {
  @Test("a session id contains its shard and survives its text form", arguments: 0..<16)
  func shard(number: Int) throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<100 {
      let shard = try #require(Shard(UInt8(number)))
      let random = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      let id = try #require(SessionID(shard: shard, random: random))
      #expect(id.text.utf8.count == SessionID.length)
      #expect(SessionID(id.text) == id)
      #expect(SessionID(id.text)?.shard == shard)
    }
  }

  @Test(
    "a text that is no id is refused",
    arguments: [
      "", "AAAA", String(repeating: "A", count: 21), String(repeating: "A", count: 23),
      "AAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAA/A", "AAAAAAAAAAAAAAAAAAAAAB", "../../../../../../../.",
    ])
  func refuses(text: String) { #expect(SessionID(text) == nil) }

  @Test("a user's shard is the last digit of the id")
  func userShard() throws {
    let user = try #require(UserID("7d444840-9dc0-11d1-b245-5ffdce74fad7"))
    #expect(Shard(of: user).number == 7)
    #expect(Shard(of: user).tag == "{s07}")
    #expect(Shard(15)?.tag == "{s15}")
    #expect(Shard(16) == nil)
  }
}
