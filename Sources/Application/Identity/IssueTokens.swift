import Domain
import FoundationEssentials

public struct Tokens: Sendable {
  public let account: Account
  public let accessToken: String
  public let expiresIn: Duration
  public let refreshToken: String
}

/// Issues a pair of tokens to a device: a signed access token for a day, and an opaque refresh token for the next pair.
public struct IssueTokens: Sendable {
  public static let life = Duration.seconds(24 * 3600)
  static let operatorLife = Duration.seconds(15 * 60)

  let devices: any DeviceRepository
  let signer: any AccessTokenSigner
  let hashes: any TokenHasher
  let clock: any WallClock
  let random: any RandomSource

  public init(
    devices: any DeviceRepository, signer: any AccessTokenSigner, hashes: any TokenHasher, clock: any WallClock,
    random: any RandomSource
  ) {
    self.devices = devices
    self.signer = signer
    self.hashes = hashes
    self.clock = clock
    self.random = random
  }

  /// Registers a device for a user who has just proven their identity.
  public func toNewDevice(
    of account: Account, methods: [String], userAgent: String?
  ) async throws(IdentityError) -> Tokens {
    if account.isDisabled { throw .accountDisabled }
    let device = DeviceID(random.uuid())
    let refresh = newRefreshToken()
    try await devices.open(device, user: account.id, tokenHash: hashes.sha256(refresh), userAgent: userAgent)
    return try await tokens(account, device, refresh, authenticatedAt: clock.now(), methods: methods)
  }

  func newRefreshToken() -> String { "tt_r_" + Base64URL.encode(random.bytes(32)) }

  func tokens(
    _ account: Account, _ device: DeviceID, _ refresh: String, authenticatedAt: Date, methods: [String]
  ) async throws(IdentityError) -> Tokens {
    let life = account.scope.contains("operator") ? Self.operatorLife : Self.life
    let now = clock.now()
    let claims = AccessTokenClaims(
      userID: account.id, deviceID: device, scope: account.scope, issuedAt: now, authenticatedAt: authenticatedAt,
      expiresAt: now.addingTimeInterval(Double(life.components.seconds)))
    do {
      let access = try await signer.sign(claims, methods: methods, id: random.uuid())
      return Tokens(account: account, accessToken: access, expiresIn: life, refreshToken: refresh)
    } catch {
      throw .unavailable
    }
  }
}
