import Testing

@testable import PostgresDriver

@Suite("The address of a database")
struct DatabaseAddressTests {
  private func words(_ text: String) throws -> [String: String] {
    Dictionary(try DatabaseAddress(text).words.map { ($0.keyword, $0.value) }, uniquingKeysWith: { $1 })
  }

  @Test("an address has a user, a password, a host, a port, a database and libpq's parameters")
  func whole() throws {
    let found = try words("postgresql://talk:secret@db.internal:6543/talktime?sslmode=verify-full&application_name=me")
    #expect(
      found == [
        "user": "talk", "password": "secret", "host": "db.internal", "port": "6543", "dbname": "talktime",
        "sslmode": "verify-full", "application_name": "me",
      ])
    #expect(try words("postgres://h/d") == ["host": "h", "dbname": "d"])
    #expect(try words("postgresql:///d?host=/run/postgresql") == ["dbname": "d", "host": "/run/postgresql"])
    #expect(try words("postgresql://u@[2001:db8::7]:1/d")["host"] == "2001:db8::7")
    #expect(try words("postgresql://a:1,b:2/d") == ["host": "a,b", "port": "1,2", "dbname": "d"])
    #expect(try words("postgresql://%2Frun%2Fpg/d")["host"] == "/run/pg")
    #expect(try words("host=h dbname=d password='a b'") == ["host": "h", "dbname": "d", "password": "a b"])
    #expect(try words("postgresql://h/d?ssl=true")["sslmode"] == "require")
  }

  @Test(
    "a password may contain characters that an address usually encodes",
    arguments: ["p#1", "50%off", "p@ss", "a#b%c@d", "a/b", "a:b", "a?b", "%zz", "it's \"x\""])
  func unescaped(_ password: String) throws {
    for rest in ["db.internal:5432/talktime", "db.internal/talktime?sslmode=require"] {
      let found = try words("postgresql://talk:\(password)@\(rest)")
      #expect(found["password"] == password && found["user"] == "talk")
      #expect(found["host"] == "db.internal" && found["dbname"] == "talktime")
    }
  }

  @Test("encoded characters are decoded")
  func encoded() throws {
    #expect(try words("postgresql://a%40b:%25%23%3F@h/d%20e")["password"] == "%#?")
    #expect(try words("postgresql://a%40b:%25@h/d%20e")["user"] == "a@b")
    #expect(try words("postgresql://a:b@h/d%20e")["dbname"] == "d e")
  }

  @Test("parameters that dashboards add for other drivers are ignored")
  func foreign() throws {
    let address = try DatabaseAddress(
      "postgresql://u:p@h:6543/postgres?pgbouncer=true&connection_limit=1&supa=base-pooler.x&sslmode=require")
    #expect(address.passedOver == ["pgbouncer", "connection_limit", "supa"] && address.namesPooler)
    #expect(address.value("sslmode") == "require" && address.value("pgbouncer") == nil)
    #expect(try DatabaseAddress("postgresql://h/d?schema=public").passedOver == ["schema"])
    #expect(try !DatabaseAddress("postgresql://h/d?pgbouncer=false").namesPooler)
  }

  @Test(
    "an error names the wrong parameter, and nothing of the password",
    arguments: [
      ("postgresql://u:geheim@h/d?colour=red", "colour"), ("postgresql://u:geheim@h/d?schema=other", "schema"),
      ("postgresql://u:geheim@h:port/d", "port"), ("postgresql://u:geheim@h:70000/d", "port"),
      ("postgresql://u:geheim@[::1/d", "["), ("mysql://u:geheim@h/d", "postgresql://"), ("geheim", "postgresql://"),
      ("postgresql://u:x@y?geheim@h/d", "%3F"), ("postgresql://u:x@y?geheim=a@h/d", "?"),
      ("password=a geheim", "quotes"), ("postgresql://u:geheim@h/d?sslmode", "word=value"),
      ("postgresql://u:geheim%00@h/d", "password"),
    ])
  func wrong(_ text: String, _ word: String) {
    let error = #expect(throws: PostgresError.self) { try DatabaseAddress(text) }
    #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("geheim") == false)
    #expect(error.map { "\($0)" }?.contains("geheim") == false)
  }
}
