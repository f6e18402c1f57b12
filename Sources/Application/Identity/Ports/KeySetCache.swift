/// Where a copy of the published keys lies for those who cannot ask auth. Failing to read or write it is no error.
public protocol KeySetCache: Sendable {
  /// A JSON Web Key Set (RFC 7517).
  func read() async -> String?
  func write(_ keySet: String) async
}
