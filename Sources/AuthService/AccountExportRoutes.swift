import Application
import Domain
import FoundationEssentials
import HTTPServing
import HTTPTypes
import Hummingbird

/// /auth/me/export: everything that auth has of one's account, as a file.
struct AccountExportRoutes: Sendable {
  let exports: any AccountExportReader
  let authenticator: Authenticator
  let limits: RouteLimits
  let clock: any WallClock

  func add(to router: Router<HTTPRequestContext>) {
    let own = router.group("/auth/me").add(middleware: RequirePrincipal(authenticator))
    // An export reads up to ten thousand events, and a person has little use for several.
    limits.limited(own, "export", 5, per: .seconds(3_600), of: .user).get("export") { _, context in
      try await export(try context.requirePrincipal().userID)
    }
  }

  private func export(_ user: UserID) async throws -> Response {
    guard let found = try await exports.export(of: user) else { throw IdentityError.accountGone }
    let now = clock.now()
    return try json(
      AccountExportResponse(found, at: now),
      headers: [.contentDisposition: "attachment; filename=\"talktime-account-\(rfc3339(now).prefix(10)).json\""])
  }
}
