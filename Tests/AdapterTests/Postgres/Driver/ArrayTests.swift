import Foundation
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Arrays for the database")
struct ArrayTests {
  /// A quotation mark or a backslash and the accent behind it are one character, but two for the server.
  private static let texts: [String?] = [
    "\"\u{301}", nil, "\\\u{301}", "a,\"b\\", "NULL", "", "\u{301}x", "{}", nil, "\"", "\\", ",\u{301}",
  ]

  private static func bytes(_ texts: [String?]) -> [[UInt8]?] { texts.map { $0.map { Array($0.utf8) } } }

  @Test("the server reads each text of an array as it was written, with combining accents behind its marks")
  func written() async throws {
    try await TestDatabase.with { database in
      let rows = try await database.pool.query(
        "SELECT element FROM unnest(\(Self.texts)::text[]) WITH ORDINALITY AS given (element, place) ORDER BY place"
      ).rows
      let read = try rows.map { try $0.get("element", as: String?.self) }
      #expect(Self.bytes(read) == Self.bytes(Self.texts))
    }
  }

  @Test("an array of texts and nothing comes back from the server as it was")
  func read() async throws {
    try await TestDatabase.with { database in
      let row = try #require(
        try await database.pool.query(
          "SELECT \(Self.texts)::text[] AS texts, \([String]())::text[] AS none"
        ).rows.first)
      #expect(Self.bytes(try row.get("texts", as: [String?].self)) == Self.bytes(Self.texts))
      #expect(try row.get("none", as: [String].self) == [])
    }
  }

  @Test("bytea keeps every byte")
  func everyByte() async throws {
    try await TestDatabase.with { database in
      let bytes = Array(UInt8.min...UInt8.max)
      let row = try #require(
        try await database.pool.query(
          "SELECT \(bytes)::bytea AS bytes, encode(\(bytes)::bytea, 'hex') AS hex, \([UInt8]())::bytea AS none"
        ).rows.first)
      #expect(try row.get("bytes", as: [UInt8].self) == bytes)
      let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      #expect(try row.get("hex", as: String.self) == digits.joined())
      #expect(try row.get("none", as: [UInt8].self) == [])
    }
  }
}
