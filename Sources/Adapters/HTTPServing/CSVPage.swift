import FoundationEssentials
import Hummingbird

/// A value in a table of comma-separated values.
public enum CSVField: Sendable, Equatable {
  case text(String)
  case number(Int64)
  case time(Date)
  case absent

  /// A spreadsheet takes a text with such a beginning for a formula, and would run what a stranger has written.
  private static let beginsFormula: Set<Character> = ["=", "+", "-", "@", "\t", "\r", "\n", "\r\n"]

  /// The field as RFC 4180 writes it.
  var written: String {
    switch self {
    case .text(let text): Self.quoted(text.first.map(Self.beginsFormula.contains) == true ? "'" + text : text)
    case .number(let number): String(number)
    case .time(let time): rfc3339(time)
    case .absent: ""
    }
  }

  private static func quoted(_ text: String) -> String {
    guard text.utf8.contains(where: { Array(",\"\r\n".utf8).contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

/// Some lines of a table, and the cursor of the next ones.
public struct CSVPage: Sendable {
  public let lines: [[CSVField]]
  /// Nil on the last page.
  public let next: String?

  public init(lines: [[CSVField]], next: String?) {
    self.lines = lines
    self.next = next
  }
}

/// A table as a file to save (RFC 4180). It is written page by page while it is read, however long it is.
///
/// The first page is read before the response begins, so that a failure there still has its status. A later failure
/// breaks the response off, which the client sees.
public func csv(
  fileName: String, columns: [String], page: @escaping @Sendable (_ after: String?) async throws -> CSVPage
) async throws -> Response {
  let first = try await page(nil)
  let body = ResponseBody { writer in
    try await writer.write(buffer([columns.map { .text($0) }] + first.lines))
    var next = first.next
    while let after = next {
      let more = try await page(after)
      try await writer.write(buffer(more.lines))
      next = more.next
    }
    try await writer.finish(nil)
  }
  let headers: HTTPFields = [
    .contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"\(fileName)\"",
    .vary: "Accept",
  ]
  return Response(status: .ok, headers: headers, body: body)
}

private func buffer(_ lines: [[CSVField]]) -> ByteBuffer {
  ByteBuffer(string: lines.map { $0.map(\.written).joined(separator: ",") + "\r\n" }.joined())
}
