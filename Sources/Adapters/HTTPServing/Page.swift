import FoundationEssentials
import Hummingbird

/// A JSON response. Times are RFC 3339 in UTC with milliseconds.
public func json(
  _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
) throws -> Response {
  var headers = headers
  headers[.contentType] = "application/json"
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.withoutEscapingSlashes]
  encoder.dateEncodingStrategy = .custom { date, encoder in
    var container = encoder.singleValueContainer()
    try container.encode(rfc3339(date))
  }
  return Response(
    status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
}

public func rfc3339(_ date: Date) -> String {
  date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}

/// One page of a list; `next_cursor` is null on the last page.
public struct Page<Item: Encodable>: Encodable {
  public let items: [Item]
  public let nextCursor: String?

  public init(items: [Item], nextCursor: String?) {
    self.items = items
    self.nextCursor = nextCursor
  }

  enum CodingKeys: String, CodingKey { case items, nextCursor = "next_cursor" }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(items, forKey: .items)
    try container.encode(nextCursor, forKey: .nextCursor)
  }
}

/// Reads `?limit=&cursor=`: 20 items by default, if the route has no other default, and at most 100. A cursor is opaque
/// to the client.
public struct PageQuery: Sendable {
  public let limit: Int
  /// The end of the previous page, as its route wrote it.
  private let after: String?

  /// - Parameter usualLimit: the limit of a request without one.
  /// - Throws: 400 for an impossible limit or cursor.
  public init(_ request: Request, usualLimit: Int = 20) throws(Problem) {
    let query = request.uri.queryParameters
    if let text = query["limit"] {
      guard let limit = Int(text), (1...100).contains(limit) else { throw .invalidField("limit", "limit is 1 to 100.") }
      self.limit = limit
    } else {
      limit = usualLimit
    }
    if let text = query["cursor"] {
      guard let cursor = Self.read(String(text)) else { throw Self.noCursor }
      after = cursor
    } else {
      after = nil
    }
  }

  /// The end of the previous page, as the list's own type; nil on the first page.
  /// - Parameter read: returns nil for a text that this list never wrote.
  /// - Throws: 400 for a cursor that `read` refuses.
  public func cursor<T>(_ read: (String) -> T?) throws(Problem) -> T? {
    guard let after else { return nil }
    guard let cursor = read(after) else { throw Self.noCursor }
    return cursor
  }

  private static var noCursor: Problem { .invalidField("cursor", "This is no cursor of ours.") }

  public static func cursor(_ text: String) -> String {
    Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func read(_ text: String) -> String? {
    guard text.utf8.count <= 512 else { return nil }
    let standard = text.replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
    guard let data = Data(base64Encoded: standard + padding) else { return nil }
    return String(validating: data, as: UTF8.self)
  }
}
