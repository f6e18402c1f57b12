import Domain

public enum GiveConsentError: StableError, Equatable {
  /// Another version is asked for now; nil if none is.
  case outdated(current: ConsentVersion?)

  public var code: String {
    switch self {
    case .outdated: "consent_outdated"
    }
  }
}

/// Takes a user's consent to recording and AI. Only the current text can be consented to.
public struct GiveConsent: Sendable {
  private let current: ConsentVersion?
  private let consents: any ConsentRepository

  public init(current: ConsentVersion?, consents: any ConsentRepository) {
    self.current = current
    self.consents = consents
  }

  /// - Throws: `IdentityError`, `GiveConsentError`
  public func callAsFunction(_ version: String, by user: UserID) async throws {
    guard let current, current.text == version else { throw GiveConsentError.outdated(current: current) }
    try await consents.give(current, by: user)
  }
}
