import FoundationEssentials

public protocol AccessTokenSigner: Sendable {
  /// - Parameter methods: the `amr` claim (RFC 8176), such as `pwd`.
  func sign(_ claims: AccessTokenClaims, methods: [String], id: UUID) async throws -> String
}
