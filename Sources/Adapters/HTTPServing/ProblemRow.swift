import HTTPTypes
import Hummingbird

/// What a client receives for one error besides its code.
public struct ProblemRow: Sendable {
  let problem: @Sendable (_ code: String) -> Problem

  /// - Parameters:
  ///   - retryAfter: the seconds after which the client may repeat the request.
  ///   - members: the members of the problem besides those of RFC 9457.
  public static func refused(
    _ status: HTTPResponse.Status, _ sentence: String?, retryAfter: Int64? = nil,
    members: [String: Problem.Member] = [:]
  ) -> ProblemRow {
    ProblemRow { code in
      var headers = HTTPFields()
      if let retryAfter { headers[.retryAfter] = String(retryAfter) }
      return Problem(status, code: code, detail: sentence, headers: headers, members: members)
    }
  }

  public static func conflict(_ sentence: String, retryAfter: Int64? = nil) -> ProblemRow {
    refused(.conflict, sentence, retryAfter: retryAfter)
  }

  public static func forbidden(_ sentence: String) -> ProblemRow { refused(.forbidden, sentence) }

  public static func notFound(_ sentence: String) -> ProblemRow { refused(.notFound, sentence) }

  public static func paymentRequired(_ sentence: String) -> ProblemRow {
    refused(HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required"), sentence)
  }

  /// - Parameter members: the members of the problem besides those of RFC 9457.
  public static func unauthorized(
    _ sentence: String, members: [String: Problem.Member] = [:], challenge: Problem.Challenge = .bearer
  ) -> ProblemRow {
    ProblemRow { code in .unauthorized(code, sentence, members: members, challenge: challenge) }
  }

  public static func unavailable(_ sentence: String, retryAfter: Int = 1) -> ProblemRow {
    ProblemRow { code in .unavailable(code, sentence, retryAfter: retryAfter) }
  }

  /// A field of the request is invalid. The problem's own code is `invalid_request`.
  /// - Parameter code: the field's code.
  public static func invalidField(_ field: String, code: String = "invalid", _ sentence: String) -> ProblemRow {
    ProblemRow { _ in .invalidField(field, code: code, sentence) }
  }
}
