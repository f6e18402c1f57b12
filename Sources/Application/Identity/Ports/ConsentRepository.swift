import Domain
import FoundationEssentials

/// A consent of a user, with the moment at which it was given first.
public struct GivenConsent: Sendable, Equatable {
  public let version: String
  public let givenAt: Date

  public init(version: String, givenAt: Date) {
    self.version = version
    self.givenAt = givenAt
  }
}

/// The consents that users gave to recording and AI.
public protocol ConsentRepository: Sendable {
  /// Stores the consent with its time. A repeat keeps the first time.
  /// - Throws: `accountGone`
  func give(_ version: ConsentVersion, by user: UserID) async throws(IdentityError)
}
