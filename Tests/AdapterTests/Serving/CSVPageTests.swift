import Foundation
import HTTPServing
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@Suite("Tables as CSV files")
struct CSVPageTests {
  private func get(
    _ page: @escaping @Sendable (String?) async throws -> CSVPage,
    check: @escaping @Sendable (TestResponse) async throws -> Void
  ) async throws {
    let router = Serving.router()
    router.get("/table") { _, _ in try await csv(fileName: "table.csv", columns: ["name", "count"], page: page) }
    let application = Serving.application(
      router, host: "127.0.0.1", port: 0, name: "test", publicURL: "http://localhost", logger: Logger(label: "tests"))
    try await application.test(.router) { client in
      try await check(try await client.execute(uri: "/table", method: .get))
    }
  }

  private func body(of fields: [CSVField]) async throws -> String {
    let body = Mutex("")
    try await get({ _ in CSVPage(lines: [fields], next: nil) }) { response in
      body.withLock { $0 = String(buffer: response.body) }
    }
    return body.withLock { String($0.dropFirst("name,count\r\n".count)) }
  }

  @Test("a file has a header row, its lines end in CRLF, and a browser saves it")
  func form() async throws {
    try await get({ _ in CSVPage(lines: [[.text("a"), .number(-1)], [.absent, .number(2)]], next: nil) }) { response in
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "text/csv; charset=utf-8")
      #expect(response.headers[.contentDisposition] == "attachment; filename=\"table.csv\"")
      #expect(response.headers[.vary] == "Accept")
      #expect(String(buffer: response.body) == "name,count\r\na,-1\r\n,2\r\n")
    }
  }

  @Test(
    "values that would be misread are quoted",
    arguments: [
      ("plain text", "plain text"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
      ("two\nlines", "\"two\nlines\""),
      ("two\r\nlines", "\"two\r\nlines\""), ("ä ₹", "ä ₹"), ("", ""),
    ])
  func quoting(text: String, expected: String) async throws {
    #expect(try await body(of: [.text(text)]) == expected + "\r\n")
  }

  @Test(
    "a text is no formula to a spreadsheet, and a number stays a number",
    arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x\",\"y\")"])
  func formulas(text: String) async throws {
    let line = try await body(of: [.text(text)])
    #expect(line.drop { $0 == "\"" }.hasPrefix("'" + text.prefix(1)))
    #expect(try await body(of: [.number(-1)]) == "-1\r\n")
  }

  @Test("a table is read page by page until there is no next page")
  func pages() async throws {
    let asked = Mutex<[String?]>([])
    try await get({ after in
      asked.withLock { $0.append(after) }
      let number = after.flatMap { Int64($0) } ?? 0
      return CSVPage(lines: [[.text("line"), .number(number)]], next: number < 3 ? String(number + 1) : nil)
    }) { response in
      #expect(String(buffer: response.body) == "name,count\r\nline,0\r\nline,1\r\nline,2\r\nline,3\r\n")
    }
    #expect(asked.withLock { $0 } == [nil, "1", "2", "3"])
  }

  @Test("if the first page cannot be read the answer is a problem")
  func failure() async throws {
    try await get({ _ in throw Problem.unavailable("billing_unavailable") }) { response in
      #expect(response.status == .serviceUnavailable)
      #expect(response.headers[.contentType] == "application/problem+json")
    }
  }

  @Test("a time is written in the API's format")
  func time() async throws {
    #expect(try await body(of: [.time(Date(timeIntervalSince1970: 1.5))]) == "1970-01-01T00:00:01.500Z\r\n")
  }
}
