extension Provider {
  /// The body of this provider's errors.
  func errorBody(status: Int, retryAfter: Int?) -> JSON {
    switch self {
    case .razorpay:
      RazorpayFailure.body(
        code: status == 429 || status < 500 ? "BAD_REQUEST_ERROR" : status == 502 ? "GATEWAY_ERROR" : "SERVER_ERROR",
        description: status == 429 ? "Too many requests" : "The sandbox was told to answer \(status).")
    case .elevenlabs:
      [
        "detail": [
          "status": status == 429 ? "too_many_concurrent_requests" : "sandbox_fault",
          "message": .string("The sandbox was told to answer \(status)."),
        ]
      ]
    case .google, .gemini:
      GeminiFailure.body(
        code: status, message: "The sandbox was told to answer \(status).", retryAfter: retryAfter)
    case .mailjet:
      [
        "ErrorMessage": .string("The sandbox was told to answer \(status)."), "StatusCode": .int(status),
        "ErrorInfo": "", "ErrorIdentifier": .string(identifier("", length: 36)),
      ]
    }
  }
}
