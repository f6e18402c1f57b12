import Application
import HTTPServing

extension AuthModule {
  var refuseBreached: RefuseBreachedPassword { RefuseBreachedPassword(directory: ports.breachedPasswords) }

  var readMailedLink: ReadMailedAccountLink {
    ReadMailedAccountLink(
      links: ports.accountLinks, secrets: ports.links,
      limitCodeTries: LimitCodeTries(
        limiter: ports.serving.limiter, secrets: ports.links,
        limit: settings.common.developmentLimits ? LimitCodeTries.development : LimitCodeTries.production))
  }

  var mailRoutes: AccountMailRoutes {
    let read = readMailedLink
    let confirm = confirmPassword
    let (changes, policy) = (ports.accountChanges, settings.passwordPolicy)
    return AccountMailRoutes(
      verifyEmail: VerifyEmail(read: read, changes: changes),
      undoEmailChange: UndoEmailChange(read: read, changes: changes),
      resetPassword: ResetPassword(
        read: read, accounts: ports.accounts, passwords: ports.passwords, changes: changes, policy: policy,
        refuseBreached: refuseBreached),
      changePassword: ChangePassword(
        confirm: confirm, changes: changes, policy: policy, refuseBreached: refuseBreached),
      requestEmailChange: RequestEmailChange(confirm: confirm, links: ports.accountLinks),
      links: ports.accountLinks,
      recentSecondFactor: RequireRecentSecondFactor(accounts: ports.accounts, clock: ports.serving.clock),
      authenticator: ports.serving.authenticator,
      limits: RouteLimits(development: settings.common.developmentLimits, limiter: ports.serving.limiter),
      cookie: RefreshCookie(publicURL: settings.common.publicURL),
      browser: routes.browser,
      random: ports.random)
  }
}
