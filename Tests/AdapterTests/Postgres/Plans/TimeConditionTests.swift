import Foundation
import Testing

@Suite("Conditions on time")
struct TimeConditionTests {
  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")

  static func files() throws -> [(name: String, text: String)] {
    let names = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
    return try names.filter { $0.hasSuffix(".swift") }.sorted().map {
      ($0, try String(contentsOf: sources.appending(path: $0), encoding: .utf8))
    }
  }

  /// clock_timestamp() may change while a statement runs, so no index can serve a comparison with it. It is used for
  /// values that are written; conditions use statement_timestamp().
  @Test("time conditions compare with a value that is constant during a statement")
  func stable() throws {
    let files = try Self.files()
    #expect(files.count > 100)
    for (name, text) in files {
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      where line.contains("clock_timestamp()") {
        let isCondition =
          line.firstMatch(of: #/(<=?|>=?|BETWEEN)\s*(coalesce\([^)]*\)?[^()]*)?\(?clock_timestamp\(\)/#) != nil
          || line.firstMatch(of: #/clock_timestamp\(\)[^,]*(<=?|>=?|BETWEEN) /#) != nil
          || line.firstMatch(of: #/(WHERE|AND|OR|ON|ORDER BY) [^,]*clock_timestamp\(\)/#) != nil
        #expect(!isCondition, "\(name):\(number + 1): \(line)")
      }
    }
  }
}
