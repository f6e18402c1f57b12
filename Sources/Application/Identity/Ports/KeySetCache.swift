/// A local copy of the published keys, for use while the auth service cannot be reached. A failed read or write is not
/// an error.
public protocol KeySetCache: Sendable {
  /// A JSON Web Key Set (RFC 7517).
  func read() async -> String?
  func write(_ keySet: String) async
}
