import FoundationEssentials
import HTTPTypes
import Hummingbird

/// The error of one field of a request.
public struct FieldProblem: Sendable, Encodable, Equatable {
  public let field: String
  public let code: String
  public let message: String

  public init(_ field: String, code: String, _ message: String) {
    self.field = field
    self.code = code
    self.message = message
  }
}

/// An error as a client sees it (RFC 9457). It never contains an internal message.
public struct Problem: Error, Sendable {
  public let status: HTTPResponse.Status
  public let code: String
  public let detail: String?
  public let errors: [FieldProblem]
  public var headers: HTTPFields
  /// Extension members (RFC 9457, section 3.2), such as the reason why a talk is over.
  public let members: [String: Member]

  public enum Member: Sendable, Encodable {
    case text(String)
    case number(Int64)
    case list([String])

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .list(let values): try container.encode(values)
      }
    }
  }

  public init(
    _ status: HTTPResponse.Status, code: String, detail: String? = nil, errors: [FieldProblem] = [],
    headers: HTTPFields = [:], members: [String: Member] = [:]
  ) {
    self.status = status
    self.code = code
    self.detail = detail
    self.errors = errors
    self.headers = headers
    self.members = members
  }

  /// The proof of identity that a route takes, as its 401 names it (RFC 9110, section 11.6.1).
  public enum Challenge: String, Sendable {
    /// An access token.
    case bearer = "Bearer realm=\"talktime\""
    /// A name and a password in the address (RFC 7617).
    case basic = "Basic realm=\"talktime\", charset=\"UTF-8\""
    /// A provider's signature over the body, in a header of its own. No such scheme is registered, and a 401 needs one.
    case signature = "Signature realm=\"talktime\""
  }

  /// 401 with the challenge that RFC 9110 requires.
  public static func unauthorized(
    _ code: String, _ detail: String? = nil, members: [String: Member] = [:], challenge: Challenge = .bearer
  ) -> Problem {
    Problem(
      .unauthorized, code: code, detail: detail, headers: [.wwwAuthenticate: challenge.rawValue], members: members)
  }

  /// 503 with the seconds after which the client may repeat the request.
  public static func unavailable(_ code: String, _ detail: String? = nil, retryAfter: Int = 1) -> Problem {
    Problem(.serviceUnavailable, code: code, detail: detail, headers: [.retryAfter: String(retryAfter)])
  }

  public static func invalidField(_ field: String, code: String = "invalid", _ message: String) -> Problem {
    Problem(.badRequest, code: "invalid_request", detail: message, errors: [FieldProblem(field, code: code, message)])
  }

  public static func notFound(_ detail: String? = nil) -> Problem {
    Problem(.notFound, code: "not_found", detail: detail)
  }
}

extension Problem {
  private struct Document: Encodable {
    let type: String
    let title: String
    let status: Int
    let detail: String?
    let instance: String
    let code: String
    let errors: [FieldProblem]?
    let members: [String: Member]

    struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      for (name, member) in members { try container.encode(member, forKey: Key(stringValue: name)) }
      try container.encode(type, forKey: Key(stringValue: "type"))
      try container.encode(title, forKey: Key(stringValue: "title"))
      try container.encode(status, forKey: Key(stringValue: "status"))
      try container.encodeIfPresent(detail, forKey: Key(stringValue: "detail"))
      try container.encode(instance, forKey: Key(stringValue: "instance"))
      try container.encode(code, forKey: Key(stringValue: "code"))
      try container.encodeIfPresent(errors, forKey: Key(stringValue: "errors"))
    }
  }

  func response(publicURL: String, requestID: String) -> Response {
    let (headers, body) = document(publicURL: publicURL, requestID: requestID)
    return Response(status: status, headers: headers, body: .init(byteBuffer: body))
  }

  func document(publicURL: String, requestID: String) -> (headers: HTTPFields, body: ByteBuffer) {
    let document = Document(
      type: "\(publicURL)/problems/\(code)", title: status.reasonPhrase, status: status.code, detail: detail,
      instance: requestID, code: code, errors: errors.isEmpty ? nil : errors, members: members)
    var headers = headers
    headers[.contentType] = "application/problem+json"
    if status.code == 429 || status.code == 503, headers[.retryAfter] == nil { headers[.retryAfter] = "1" }
    let encoder = JSONEncoder()
    // The response that is stored for an Idempotency-Key must equal the sent one to the byte.
    encoder.outputFormatting = [.sortedKeys]
    let body = (try? encoder.encode(document)) ?? Data("{}".utf8)
    return (headers, ByteBuffer(bytes: body))
  }

  /// The problem that replaces a response of the framework, such as its 404.
  init(standingFor status: HTTPResponse.Status) {
    let code =
      switch status.code {
      case 400: "invalid_request"
      case 404: "not_found"
      case 405: "method_not_allowed"
      case 413: "body_too_large"
      case 415: "unsupported_media_type"
      case 503: "unavailable"
      default: status.code < 500 ? "invalid_request" : "internal_error"
      }
    self.init(status, code: code)
  }
}
