/// An error that a client may be told of: a stable code and nothing internal. Each service maps its errors to a status
/// in one place.
public protocol StableError: Error {
  /// Snake case, part of the HTTP contract, such as `email_taken`.
  var code: String { get }
}
