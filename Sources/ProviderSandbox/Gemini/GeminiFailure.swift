enum GeminiFailure {
  static func body(code: Int, message: String, retryAfter: Int?) -> JSON {
    body(
      code: code, message: message,
      details: retryAfter.map { seconds -> [JSON] in
        [["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": .string("\(seconds)s")]]
      } ?? [])
  }

  static func body(code: Int, message: String, details: [JSON]) -> JSON {
    let status =
      switch code {
      case 400: "INVALID_ARGUMENT"
      case 401: "UNAUTHENTICATED"
      case 403: "PERMISSION_DENIED"
      case 404: "NOT_FOUND"
      case 429: "RESOURCE_EXHAUSTED"
      case 503: "UNAVAILABLE"
      case 504: "DEADLINE_EXCEEDED"
      default: "INTERNAL"
      }
    var error: JSON = ["code": .int(code), "message": .string(message), "status": .string(status)]
    if !details.isEmpty { error = error.merged(with: ["details": .array(details)]) }
    return ["error": error]
  }

  /// The details of a quota that is used up. A day's quota, too, says a pause of seconds.
  static func quota(_ period: String, _ pause: String) -> [JSON] {
    [
      [
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [
          [
            "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
            "quotaId": .string("GenerateRequests\(period)PerProjectPerModel-FreeTier"),
          ]
        ],
      ],
      ["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": .string(pause)],
    ]
  }
}
