import FoundationEssentials
import Hummingbird
import NIOCore

extension Request {
  /// The raw body, for a signature over its bytes.
  /// - Throws: 413 beyond `limit` bytes.
  public func rawBody(upTo limit: Int = 64 * 1_024) async throws -> ByteBuffer {
    do {
      return try await body.collect(upTo: limit)
    } catch is NIOTooManyBytesError {
      throw Problem(.contentTooLarge, code: "body_too_large", detail: "At most \(limit) bytes are read.")
    }
  }

  /// Reads a JSON object.
  /// - Throws: 415 for another content type, 413 beyond 64 KiB, 400 with the field's name for a value that does not
  ///   fit.
  public func decodeJSON<T: Decodable>(_ type: T.Type) async throws -> T {
    guard isJSON else {
      throw Problem(.unsupportedMediaType, code: "unsupported_media_type", detail: "Send application/json.")
    }
    return try Self.decode(type, from: try await rawBody())
  }

  /// Whether the content type is JSON, with or without parameters.
  public var isJSON: Bool {
    let media = headers[.contentType]?.split(separator: ";", omittingEmptySubsequences: false).first?.lowercased()
    return media?.trimmed == "application/json"
  }

  /// Reads a JSON object; an absent body counts as an empty object.
  public func decodeOptionalJSON<T: Decodable>(_ type: T.Type) async throws -> T {
    let buffer = try await rawBody()
    guard buffer.readableBytes > 0 else { return try Self.decode(type, from: ByteBuffer(string: "{}")) }
    var copy = self
    copy.body = .init(buffer: buffer)
    return try await copy.decodeJSON(type)
  }

  public static func decode<T: Decodable>(_ type: T.Type, from buffer: ByteBuffer) throws(Problem) -> T {
    let data = Data(buffer.readableBytesView)
    // Postgres cannot store NUL in a text. NUL is therefore refused here, like any unreadable input.
    if data.range(of: Data("\\u0000".utf8)) != nil { throw malformed("The body holds a NUL character.") }
    // RFC 8259, section 8.1: a sent text must not begin with a byte order mark. The decoder would even accept UTF-16.
    if let first = data.first,
      first == 0xEF || first == 0xFE || first == 0xFF || first == 0 || data.dropFirst().first == 0
    {
      throw malformed("JSON is sent in UTF-8, without a byte order mark.")
    }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw Problem(error)
    } catch {
      throw malformed("The body is not JSON.")
    }
  }

  private static func malformed(_ detail: String) -> Problem {
    Problem(.badRequest, code: "invalid_body", detail: detail)
  }
}

extension Request {
  /// Whether a body follows the head.
  var declaresBody: Bool { headers.contains(.transferEncoding) || (declaredLength ?? 0) > 0 }

  /// Nil for a body in chunks, whose length is not known beforehand.
  var declaredLength: Int? { headers[.contentLength].flatMap { Int($0) } }
}

extension RequestBody {
  /// The same body, which throws if it ends too early. A body that looks complete is therefore complete.
  func watched(declared length: Int?) -> RequestBody {
    RequestBody(asyncSequence: WatchedBody(base: self, length: length))
  }
}

private struct WatchedBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  let base: RequestBody
  let length: Int?

  struct AsyncIterator: AsyncIteratorProtocol {
    var base: RequestBody.AsyncIterator
    let length: Int?
    var count = 0

    /// - Throws: `BodyTooSlow`, `IncompleteBodyError`.
    mutating func next() async throws -> ByteBuffer? {
      do {
        guard let part = try await base.next() else {
          if let length, count < length { throw IncompleteBodyError() }
          return nil
        }
        count += part.readableBytes
        return part
      } catch let error as BodyTooSlow {
        throw error
      } catch {
        // Any other error of a connection means that the client or the way to it is gone.
        throw IncompleteBodyError()
      }
    }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), length: length) }
}

extension Problem {
  static let bodyTooSlow = Problem(
    .requestTimeout, code: "body_timeout", detail: "The body came too slowly. Send it again.",
    headers: [.connection: "close"])
  static let bodyCutOff = Problem(
    .badRequest, code: "body_incomplete", detail: "The body broke off.", headers: [.connection: "close"])

  init(_ error: DecodingError) {
    switch error {
    case .keyNotFound(let key, let context):
      let field = Self.path(context.codingPath + [key])
      self = .invalidField(field, code: "required", "\(field) is missing.")
    case .dataCorrupted(let context) where context.underlyingError is UndeclaredMemberError:
      // The name is the client's own, and may be as long as a body.
      let field = String(Self.path(context.codingPath).prefix(200))
      self = .invalidField(field, code: "unknown", "There is no member \(field).")
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      if context.codingPath.isEmpty {
        self.init(.badRequest, code: "invalid_body", detail: "The body is not a JSON object that fits.")
      } else {
        let field = Self.path(context.codingPath)
        self = .invalidField(field, code: "invalid", "\(field) is not what it should be.")
      }
    @unknown default:
      self.init(.badRequest, code: "invalid_body")
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
  }
}

extension String {
  var trimmed: String { String(drop(while: { $0 == " " }).reversed().drop(while: { $0 == " " }).reversed()) }
}
