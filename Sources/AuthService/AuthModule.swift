import Application
import HTTPServing
import Hummingbird

/// The use cases of the auth service, and its routes.
struct AuthModule: Sendable {
  let ports: AuthPorts
  let settings: AuthSettings
  let issue: IssueTokens

  init(_ settings: AuthSettings, _ ports: AuthPorts) {
    self.ports = ports
    self.settings = settings
    issue = IssueTokens(
      devices: ports.devices, challenges: ports.challenges, signer: ports.signer,
      refreshTokens: ports.refreshTokens, hashes: ports.hashes, clock: ports.serving.clock, random: ports.random)
  }

  var api: ServiceAPI {
    let router = Serving.router()
    router.add(middleware: RecordRequestOrigin())
    routes.add(to: router)
    deviceRoutes.add(to: router)
    googleRoutes.add(to: router)
    passkeyRoutes(routes, issue: issue).add(to: router)
    mailRoutes.add(to: router)
    TrailRoutes(trail: ReadSecurityTrail(trail: ports.trail), authenticator: ports.serving.authenticator)
      .add(to: router)
    secondFactorRoutes.add(to: router)
    reauthenticationRoutes.add(to: router)
    userRoutes.add(to: router)
    accountRoutes.add(to: router)
    consentRoutes.add(to: router)
    exportRoutes.add(to: router)
    carePlanMailRoutes.add(to: router)
    return ServiceAPI(router, prefix: "/auth", problems: .auth)
  }

  var routes: AuthRoutes {
    AuthRoutes(
      register: Register(accounts: ports.accounts, passwords: ports.passwords, issue: issue),
      registerUnseen: settings.verifiesFirst
        ? RegisterUnseen(accounts: ports.accounts, passwords: ports.passwords, links: ports.accountLinks) : nil,
      signIn: SignIn(
        accounts: ports.accounts, passwords: ports.passwords,
        limit: limitPasswordAttempts, issue: issue, requiresProof: settings.verifiesFirst),
      refresh: ExchangeRefreshToken(accounts: ports.accounts, issue: issue),
      passwordPolicy: settings.passwordPolicy, refuseBreached: refuseBreached,
      accounts: ports.accounts, authenticator: ports.serving.authenticator,
      operatorSignIn: RequireOperatorSignIn(demand: DemandOperatorSignIn(accounts: ports.accounts)),
      limits: RouteLimits(development: settings.common.developmentLimits, limiter: ports.serving.limiter),
      cookie: RefreshCookie(publicURL: settings.common.publicURL),
      knownDevice: KnownDeviceCookie(publicURL: settings.common.publicURL, prover: ports.knownDevices),
      keySet: ports.keySet)
  }

  /// Asks a signed-in user for the password once more.
  var confirmPassword: ConfirmPassword {
    ConfirmPassword(accounts: ports.accounts, passwords: ports.passwords, limit: limitPasswordAttempts)
  }

  private var limitPasswordAttempts: LimitPasswordAttempts {
    LimitPasswordAttempts(
      attempts: ports.passwordAttempts, knownDevices: ports.knownDevices, links: ports.accountLinks,
      policy: settings.common.developmentLimits ? .development : .production)
  }

  private var deviceRoutes: DeviceRoutes {
    DeviceRoutes(
      signOut: SignOut(issue: issue), devices: ManageDevices(devices: ports.devices),
      authenticator: ports.serving.authenticator,
      limits: RouteLimits(development: settings.common.developmentLimits, limiter: ports.serving.limiter),
      cookie: RefreshCookie(publicURL: settings.common.publicURL), browser: routes.browser)
  }
}
