import Hummingbird

/// Razorpay's errors, in its own wording.
enum RazorpayFailure {
  static func body(code: String, description: String, field: String? = nil) -> JSON {
    var error: JSON = [
      "code": .string(code), "description": .string(description), "source": "NA", "step": "NA", "reason": "NA",
      "metadata": [:],
    ]
    if code == "BAD_REQUEST_ERROR", field != nil {
      error = error.merged(with: [
        "source": "business", "step": "payment_initiation", "reason": "input_validation_failed",
        "field": .optional(field),
      ])
    }
    return ["error": error]
  }

  static func bad(_ description: String, field: String? = nil) -> ProviderFailure {
    ProviderFailure(
      status: .badRequest, body: body(code: "BAD_REQUEST_ERROR", description: description, field: field))
  }

  static let unauthorized = ProviderFailure(
    status: .unauthorized, body: body(code: "BAD_REQUEST_ERROR", description: "Authentication failed"))

  static let unknownID = bad("The id provided does not exist")
}
