import Domain
import FoundationEssentials

public struct Tokens: Sendable {
  public let account: Account
  public let deviceID: DeviceID
  public let accessToken: String
  public let expiresIn: Duration
  public let refreshToken: String
}

/// An access token of a device that keeps its refresh token.
public struct IssuedAccessToken: Sendable {
  public let account: Account
  public let accessToken: String
  public let expiresIn: Duration
}

/// Issues a pair of tokens to a device: a signed access token for a day, and an opaque refresh token for the next pair.
public struct IssueTokens: Sendable {
  public static let life = Duration.seconds(24 * 3600)
  public static let operatorLife = Duration.seconds(15 * 60)

  let devices: any DeviceRepository
  let challenges: any SignInChallengeRepository
  let signer: any AccessTokenSigner
  let refreshTokens: any RefreshTokenMinter
  let hashes: any TokenHasher
  let clock: any WallClock
  let random: any RandomSource

  public init(
    devices: any DeviceRepository, challenges: any SignInChallengeRepository, signer: any AccessTokenSigner,
    refreshTokens: any RefreshTokenMinter, hashes: any TokenHasher, clock: any WallClock, random: any RandomSource
  ) {
    self.devices = devices
    self.challenges = challenges
    self.signer = signer
    self.refreshTokens = refreshTokens
    self.hashes = hashes
    self.clock = clock
    self.random = random
  }

  /// The longest life of an access token with this scope.
  public static func life(scope: Set<String>) -> Duration {
    scope.contains(Scope.operator.rawValue) ? operatorLife : life
  }

  /// An operator whose sign-in had no strong second factor is a user like any other, and can enrol one. So is one
  /// without a role.
  static func scope(of account: Account, by methods: [String]) -> Set<String> {
    methods.allowOperators && account.operatorRole != nil
      ? account.scope : account.scope.subtracting([Scope.operator.rawValue])
  }

  /// Registers a device for a user who has just proven their identity. If the account has a second factor and none was
  /// proven, a challenge takes the place of the device.
  func toNewDevice(
    of account: Account, methods: [AuthenticationMethod], userAgent: String?, network: ClientNetwork? = nil
  ) async throws(IdentityError) -> SignInResult {
    if account.isDisabled { throw .accountDisabled }
    let values = methods.map(\.rawValue)
    if account.hasSecondFactor && !values.haveSecondFactor {
      let token = "tt_c_" + Base64URL.encode(random.bytes(32))
      try await challenges.open(
        NewSignInChallenge(tokenHash: hashes.sha256(token), methods: values), of: account.id)
      return .challenged(SignInChallenge(token: token))
    }
    let made = newDevice(methods: values, userAgent: userAgent, network: network)
    try await devices.open(made.device, user: account.id)
    return .signedIn(try await tokens(account, to: made))
  }

  /// Takes the result back, because the proof did not hold until the end of the sign-in.
  func withdraw(
    _ result: SignInResult, of account: Account, cause: DeviceEndCause
  ) async throws(IdentityError) {
    switch result {
    case .signedIn(let tokens): try await devices.end(tokens.deviceID, user: account.id, cause: cause)
    case .challenged(let challenge): try await challenges.end(hashes.sha256(challenge.token))
    }
  }

  /// A device that is not stored yet, and its refresh token.
  typealias MadeDevice = (device: NewDevice, refreshToken: String)

  func newDevice(methods: [String], userAgent: String?, network: ClientNetwork?) -> MadeDevice {
    let id = DeviceID(random.uuid())
    let token = newRefreshToken(of: id)
    let device = NewDevice(
      id: id, tokenHash: hashes.sha256(token), authenticatedAt: clock.now(), methods: methods, userAgent: userAgent,
      network: network)
    return (device, token)
  }

  /// The first pair of tokens of a device that was just stored.
  func tokens(_ account: Account, to made: MadeDevice) async throws(IdentityError) -> Tokens {
    let signIn = DeviceSignIn(
      device: made.device.id, user: account.id, authenticatedAt: made.device.authenticatedAt,
      methods: made.device.methods)
    return try await tokens(account, signIn, made.refreshToken)
  }

  func newRefreshToken(of device: DeviceID) -> String {
    refreshTokens.token(of: device, secret: random.bytes(32))
  }

  func presented(_ token: String) -> PresentedRefreshToken {
    PresentedRefreshToken(hash: hashes.sha256(token), family: refreshTokens.family(of: token))
  }

  func tokens(_ account: Account, _ signIn: DeviceSignIn, _ refresh: String) async throws(IdentityError) -> Tokens {
    let access = try await accessToken(account, signIn)
    return Tokens(
      account: account, deviceID: signIn.device, accessToken: access.accessToken, expiresIn: access.expiresIn,
      refreshToken: refresh)
  }

  func accessToken(_ account: Account, _ signIn: DeviceSignIn) async throws(IdentityError) -> IssuedAccessToken {
    let scope = Self.scope(of: account, by: signIn.methods)
    let life = Self.life(scope: scope)
    // Claims are whole seconds, and a token must not seem to live longer than it may.
    let now = Date(timeIntervalSince1970: Double(clock.now().unixSeconds))
    let claims = AccessTokenClaims(
      userID: account.id, deviceID: signIn.device, scope: scope,
      role: scope.contains(Scope.operator.rawValue) ? account.operatorRole : nil, issuedAt: now,
      authenticatedAt: signIn.authenticatedAt, expiresAt: now.addingTimeInterval(Double(life.components.seconds)))
    do {
      let access = try await signer.sign(claims, methods: signIn.methods, id: random.uuid())
      return IssuedAccessToken(account: account, accessToken: access, expiresIn: life)
    } catch {
      throw .unavailable
    }
  }
}
