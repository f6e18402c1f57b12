import Domain

public enum ConsentError: StableError, Equatable {
  /// The user has not consented to this version.
  case required(ConsentVersion)
  /// Postgres cannot be reached.
  case unavailable

  public var code: String {
    switch self {
    case .required: "consent_required"
    case .unavailable: "talks_unavailable"
    }
  }
}

/// Lets a talk start only if its user has consented to recording and AI. A consent is never taken back, so that it need
/// not be checked together with the start.
public struct RequireConsent: Sendable {
  private let version: ConsentVersion?
  private let consents: any ConsentReader

  /// - Parameter version: nil if no consent is asked for.
  public init(to version: ConsentVersion?, consents: any ConsentReader) {
    self.version = version
    self.consents = consents
  }

  public func callAsFunction(of user: UserID) async throws(ConsentError) {
    guard let version else { return }
    let hasConsented: Bool
    do { hasConsented = try await consents.hasConsented(user, to: version) } catch { throw .unavailable }
    if !hasConsented { throw .required(version) }
  }
}
