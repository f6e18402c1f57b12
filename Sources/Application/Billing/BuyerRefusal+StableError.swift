import Domain

extension BuyerRefusal: StableError {
  /// Every refusal concerns a field of the request.
  public var code: String { "invalid_request" }
}
