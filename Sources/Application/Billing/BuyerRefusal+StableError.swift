import Domain

extension BuyerRefusal: StableError {
  /// Each is about a field of the request.
  public var code: String { "invalid_request" }
}
