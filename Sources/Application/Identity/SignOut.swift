import Domain

/// Signs out the device of an access token or of a refresh token, whatever is left of them.
public struct SignOut: Sendable {
  private let issue: IssueTokens

  public init(issue: IssueTokens) { self.issue = issue }

  /// - Returns: false if the device was signed out before.
  public func callAsFunction(_ claims: AccessTokenClaims) async throws(IdentityError) -> Bool {
    try await issue.devices.end(claims.deviceID, user: claims.userID, cause: .signedOut)
  }

  /// A token that was exchanged before signs its device out, too. An unknown one changes nothing.
  public func callAsFunction(refreshToken: String) async throws(IdentityError) {
    try await issue.devices.end(familyOf: issue.presented(refreshToken), cause: .signedOut)
  }
}
