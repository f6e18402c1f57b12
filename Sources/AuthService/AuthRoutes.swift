import Application
import Domain
import HTTPServing
import HTTPTypes
import Hummingbird

/// /auth: each route reads its body, calls one use case and writes its response.
struct AuthRoutes: Sendable {
  let register: Register
  /// Takes the place of `register` where a registration must not tell who has an account.
  let registerUnseen: RegisterUnseen?
  let signIn: SignIn
  let refresh: ExchangeRefreshToken
  let passwordPolicy: PasswordPolicy
  let refuseBreached: RefuseBreachedPassword
  let accounts: any AccountRepository
  let authenticator: Authenticator
  let operatorSignIn: RequireOperatorSignIn
  let limits: RouteLimits
  let cookie: RefreshCookie
  let knownDevice: KnownDeviceCookie
  let keySet: String
  var browser: KnownBrowser { KnownBrowser(accounts: accounts, cookie: cookie, knownDevice: knownDevice) }
  private let places = SignInPlaces()

  func add(to router: Router<HTTPRequestContext>) {
    let auth = router.group("/auth")
    auth.get(".well-known/jwks.json") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "application/json", .cacheControl: "public, max-age=60"],
        body: .init(byteBuffer: ByteBuffer(string: keySet)))
    }
    addEntry(auth)
    addMe(auth.group().add(middleware: RequirePrincipal(authenticator)))
  }

  private func addEntry(_ auth: RouterGroup<HTTPRequestContext>) {
    limits.limited(auth, "register", 60, per: .seconds(60)).post("register") { request, context in
      let (email, password, name) = try await request.decodeJSON(RegisterRequest.self).checked(passwordPolicy)
      try await refuseBreached(password)
      if let registerUnseen {
        try await registerUnseen(email: email, password: password, name: name, network: context.clientNetwork(request))
        return Response(status: .accepted)
      }
      return try await answer(request, status: .created) {
        try await register(
          email: email, password: password, name: name, userAgent: request.headers[.userAgent],
          network: context.clientNetwork(request))
      }
    }
    let room = auth.group().add(middleware: RequireSignInRoom(signIn: signIn, places: places))
    limits.limited(room, "login", 300, per: .seconds(60)).post("login") { request, context in
      let body = try await request.decodeJSON(LoginRequest.self)
      return try await answer(request) {
        guard let email = EmailAddress(body.email) else { throw IdentityError.invalidCredentials }
        let network = context.clientNetwork(request)
        return try await places.withPlace(of: network) {
          try await signIn(
            email: email, password: body.password, knownDeviceProofs: knownDevice.proofs(request),
            userAgent: request.headers[.userAgent], network: network)
        }
      }
    }
    limits.limited(auth, "refresh", 1_200, per: .seconds(60)).post("refresh") { request, context in
      let body = try await request.decodeOptionalJSON(RefreshRequest.self)
      guard let token = try body.refreshToken ?? cookie.read(request) else {
        throw Problem.unauthorized("invalid_token", "Send a refresh token.")
      }
      return try await answer(request, intoCookie: body.refreshToken == nil) {
        try await refresh(token, network: context.clientNetwork(request))
      }
    }
  }

  private func addMe(_ auth: RouterGroup<HTTPRequestContext>) {
    auth.get("me") { _, context in
      try json(try user(await accounts.account(try context.requirePrincipal().userID)))
    }
    auth.patch("me") { request, context in
      let id = try context.requirePrincipal().userID
      guard case .some(let given) = try await request.decodeJSON(ProfileChangeRequest.self).name else {
        return try json(try user(await accounts.account(id)))
      }
      return try json(try user(await accounts.rename(id, to: try checkedName(given))))
    }
  }

  /// Responds with tokens. The refresh token goes into the cookie if the browser requests that.
  /// - Parameter tokens: called after the check of the Origin, so that another site's page has no effect.
  func answer(
    _ request: Request, status: HTTPResponse.Status = .ok, intoCookie: Bool = false,
    _ tokens: () async throws -> Tokens
  ) async throws -> Response {
    let wanted = try cookie.isWanted(request)
    let usesCookie = intoCookie || wanted
    let tokens = try await tokens()
    let answer = TokensResponse(
      user: UserResponse(tokens.account), accessToken: tokens.accessToken,
      expiresIn: tokens.expiresIn.components.seconds, refreshToken: usesCookie ? nil : tokens.refreshToken)
    var response = try json(answer, status: status)
    if usesCookie { response.headers.append(HTTPField(name: .setCookie, value: cookie.header(tokens.refreshToken))) }
    if wanted {
      response.headers.append(HTTPField(name: .setCookie, value: knownDevice.header(request, tokens)))
    }
    return response
  }

  private func user(_ account: Account?) throws(IdentityError) -> UserResponse {
    guard let account else { throw .accountGone }
    return UserResponse(account)
  }
}
