/// An error that a client may see: it has a stable code and shows nothing internal. Each service maps its errors to a
/// status in one place.
public protocol StableError: Error {
  /// The code in snake case, part of the HTTP contract, such as `email_taken`.
  var code: String { get }
}
