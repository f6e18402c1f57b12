import Application
import Domain
import HTTPServing
import Hummingbird

/// /auth: each route reads its body, calls one use case and writes its answer.
struct AuthRoutes: Sendable {
  let register: Register
  let signIn: SignIn
  let google: SignInWithGoogle
  let refresh: RefreshTokens
  let verifyEmail: VerifyEmail
  let accounts: any AccountRepository
  let devices: any DeviceRepository
  let authenticator: Authenticator
  let limiter: any RateLimiter
  let limits: LimitProfile
  let cookie: RefreshCookie
  let keySet: String

  func add(to router: Router<ServingContext>) {
    let auth = router.group("/auth")
    auth.get(".well-known/jwks.json") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "application/json", .cacheControl: "public, max-age=60"],
        body: .init(byteBuffer: ByteBuffer(string: keySet)))
    }
    addEntry(auth)
    addMe(auth.group().add(middleware: RequirePrincipal(authenticator)))
  }

  private func limited(
    _ group: RouterGroup<ServingContext>, _ name: String, _ count: Int, per window: Duration
  ) -> RouterGroup<ServingContext> {
    group.group().add(
      middleware: LimitedBy(limits.limit(name, count, per: window), of: .clientAddress, limiter: limiter))
  }

  private func addEntry(_ auth: RouterGroup<ServingContext>) {
    limited(auth, "register", 10, per: .seconds(3_600)).post("register") { request, _ in
      let body = try await request.decodeJSON(RegisterRequest.self)
      let (email, password, name) = try body.checked()
      return try await tokens(request, status: .created) { () async throws(IdentityError) in
        try await register(email: email, password: password, name: name, userAgent: request.headers[.userAgent])
      }
    }
    limited(auth, "login", 20, per: .seconds(300)).post("login") { request, _ in
      let body = try await request.decodeJSON(LoginRequest.self)
      return try await tokens(request) { () async throws(IdentityError) in
        guard let email = EmailAddress(body.email) else { throw .invalidCredentials }
        return try await signIn(email: email, password: body.password, userAgent: request.headers[.userAgent])
      }
    }
    limited(auth, "google", 30, per: .seconds(300)).get("google/nonce") { _, _ in
      try json(["nonce": try await answering { () async throws(IdentityError) in try await google.newNonce() }])
    }
    limited(auth, "google", 30, per: .seconds(300)).post("google") { request, _ in
      let body = try await request.decodeJSON(GoogleSignInRequest.self)
      return try await tokens(request) { () async throws(IdentityError) in
        try await google(credential: body.credential, nonce: body.nonce, userAgent: request.headers[.userAgent])
      }
    }
    limited(auth, "refresh", 60, per: .seconds(300)).post("refresh") { request, _ in
      let body = try await request.decodeOptionalJSON(RefreshRequest.self)
      guard let token = try body.refreshToken ?? cookie.read(request) else {
        throw Problem.unauthorized("invalid_token", "Send a refresh token.")
      }
      return try await tokens(request, intoCookie: body.refreshToken == nil) { () async throws(IdentityError) in
        try await refresh(token)
      }
    }
    limited(auth, "verify", 30, per: .seconds(300)).post("email/verify") { request, _ in
      let body = try await request.decodeJSON(TokenRequest.self)
      do {
        try await verifyEmail(body.token)
      } catch let error as IdentityError {
        throw error == .invalidToken
          ? Problem(.badRequest, error, detail: "This link is not valid, or not any more.") : Problem(error)
      }
      return Response(status: .noContent)
    }
  }

  private func addMe(_ auth: RouterGroup<ServingContext>) {
    auth.get("me") { _, context in
      let user = try context.requirePrincipal().userID
      return try json(
        UserResponse(try await found { () async throws(IdentityError) in try await accounts.account(user) }))
    }
    auth.patch("me") { request, context in
      let user = try context.requirePrincipal().userID
      let name = try checkedName(try await request.decodeJSON(NameRequest.self).name)
      return try json(
        UserResponse(try await found { () async throws(IdentityError) in try await accounts.rename(user, to: name) }))
    }
    auth.post("logout") { _, context in
      let principal = try context.requirePrincipal()
      try await answering { () async throws(IdentityError) in
        try await devices.end(principal.deviceID, user: principal.userID)
      }
      return Response(status: .noContent, headers: [.setCookie: cookie.cleared])
    }
    auth.post("email/resend") { _, context in
      let user = try context.requirePrincipal().userID
      try await answering { () async throws(IdentityError) in try await accounts.requestVerification(of: user) }
      return Response(status: .accepted)
    }
  }

  private func tokens(
    _ request: Request, status: HTTPResponse.Status = .ok, intoCookie: Bool = false,
    _ body: () async throws(IdentityError) -> Tokens
  ) async throws -> Response {
    let wanted = try cookie.isWanted(request)
    let usesCookie = intoCookie || wanted
    let tokens = try await answering(body)
    let answer = TokensResponse(
      user: UserResponse(tokens.account), accessToken: tokens.accessToken,
      expiresIn: tokens.expiresIn.components.seconds, refreshToken: usesCookie ? nil : tokens.refreshToken)
    return try json(
      answer, status: status, headers: usesCookie ? [.setCookie: cookie.header(tokens.refreshToken)] : [:])
  }

  private func found(_ body: () async throws(IdentityError) -> Account?) async throws -> Account {
    guard let account = try await answering(body) else {
      throw Problem.unauthorized("invalid_token", "This account is gone.")
    }
    return account
  }
}

@discardableResult
private func answering<T>(_ body: () async throws(IdentityError) -> T) async throws(Problem) -> T {
  do { return try await body() } catch { throw Problem(error) }
}
