import Hummingbird

extension RazorpayPage {
  /// Reads `count`, `skip`, `from` and `to`.
  init(_ request: Request) throws {
    func number(_ name: String) throws -> Int? {
      guard let text = request.query(name) else { return nil }
      guard let number = Int(text) else { throw RazorpayFailure.bad("The \(name) must be an integer.", field: name) }
      return number
    }
    count = try number("count") ?? 10
    skip = try number("skip") ?? 0
    from = try number("from")
    to = try number("to")
    guard (1...100).contains(count) else { throw RazorpayFailure.bad("The count must be between 1 and 100.") }
    guard skip >= 0 else { throw RazorpayFailure.bad("The skip must be at least 0.") }
    guard from ?? .min <= to ?? .max else { throw RazorpayFailure.bad("The from must be less than to.", field: "from") }
  }
}

extension Request {
  /// The body of an API call: a JSON object.
  func razorpayBody() async throws -> JSON {
    guard let json = try await json(), json.object != nil else {
      throw RazorpayFailure.bad("The request body is not valid JSON")
    }
    return json
  }
}
