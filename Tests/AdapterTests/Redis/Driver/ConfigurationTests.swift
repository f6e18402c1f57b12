import Testing

@testable import RedisDriver

@Suite("The address of Redis")
struct ConfigurationTests {
  private func configuration(_ url: String) throws -> RedisConfiguration { try RedisConfiguration(url: url) }

  private func said(_ configuration: RedisConfiguration) -> [String] {
    configuration.greeting.map { String(decoding: $0.encoded, as: UTF8.self) }
  }

  @Test("an address may be a host alone, with the usual port and database 0")
  func least() throws {
    let address = try configuration("redis://cache.internal")
    #expect(address.host == "cache.internal" && address.port == 6379 && address.database == 0 && !address.tls)
    #expect(address.username == nil && address.password == nil && said(address).isEmpty)
  }

  @Test("an address has a user, a password, a port and a database, which are sent first on a connection")
  func whole() throws {
    let address = try configuration("redis://talk:secret@10.0.0.7:6380/12")
    #expect(address.host == "10.0.0.7" && address.port == 6380 && address.database == 12)
    #expect(
      said(address) == [
        "*3\r\n$4\r\nAUTH\r\n$4\r\ntalk\r\n$6\r\nsecret\r\n", "*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n",
      ])
  }

  @Test("an address may have a password and no user, as before Redis 6")
  func passwordAlone() throws {
    let address = try configuration("redis://:secret@localhost/0")
    #expect(address.username == nil && said(address) == ["*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"])
  }

  @Test("rediss asks for TLS, and for nothing else")
  func tls() throws {
    let address = try configuration("rediss://cache.internal:6380")
    #expect(address.tls && address.port == 6380 && address.authorities == nil)
  }

  @Test("an address may be an IPv6 address")
  func six() throws {
    let address = try configuration("redis://:secret@[2001:db8::7]:7000/3")
    #expect(address.host == "2001:db8::7" && address.port == 7000 && address.database == 3)
  }

  @Test(
    "an address is decoded, and text that only looks encoded stays as it is",
    arguments: [
      ("%40%3A%2f", "@:/"), ("caf%C3%A9", "café"), ("100%25", "100%"), ("a:b", "a:b"), ("50%", "50%"), ("%4", "%4"),
      ("%zz", "%zz"), ("%+5", "%+5"), ("%25%34%30", "%40"),
    ])
  func decoded(_ written: String, _ meant: String) throws {
    #expect(try configuration("redis://:\(written)@h").password == meant)
    if !written.contains(":") { #expect(try configuration("redis://\(written):p@h").username == meant) }
  }

  @Test(
    "an invalid address is refused",
    arguments: [
      "", "localhost", "localhost:6379", "http://localhost", "redis:/localhost", "redis://", "redis://:6379",
      "redis://h:port", "redis://h:0", "redis://h:65536", "redis://h:999999", "redis://h/x", "redis://h/-1",
      "redis://h/0/1", "redis://h/0?tls=1", " redis://h", "redis://h\n", "REDIS://h",
    ])
  func refused(_ url: String) {
    #expect(throws: RedisError.badURL) { try configuration(url) }
  }

  @Test(
    "a password may contain characters that an address usually encodes",
    arguments: ["p@ss", "p#1", "50%off", "a/b", "a?b=c", "a:b"])
  func unescaped(_ password: String) throws {
    let address = try configuration("rediss://default:\(password)@cache.internal:6380/2")
    #expect(address.username == "default" && address.password == password)
    #expect(address.host == "cache.internal" && address.port == 6380 && address.database == 2)
  }

  @Test("parameters for other clients are ignored, and an error names another parameter without the password")
  func words() throws {
    #expect(try configuration("rediss://:p@h:6380/0?ssl_cert_reqs=none&protocol=3").database == 0)
    for url in ["redis://:geheim@h/0?tls=1", "redis://:geheim@h:x/0", "geheim"] {
      let error = #expect(throws: RedisURL.Wrong.self) { try RedisURL(url) }
      #expect(error?.description.contains("geheim") == false)
    }
    let error = #expect(throws: RedisURL.Wrong.self) { try RedisURL("redis://:geheim@h/0?tls=1") }
    #expect(error?.description.hasSuffix(": tls") == true)
  }
}
