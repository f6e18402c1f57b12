import Application
import HTTPServing

extension AuthModule {
  var userRoutes: UserRoutes {
    UserRoutes(
      users: ports.users, trail: ReadUserTrail(users: ports.users), disable: DisableUser(users: ports.users),
      authenticator: ports.serving.authenticator,
      limits: RouteLimits(development: settings.common.developmentLimits, limiter: ports.serving.limiter))
  }

  var accountRoutes: AccountRoutes {
    AccountRoutes(
      delete: DeleteAccount(
        confirm: confirmPassword, redeem: redeemGoogleCredential,
        passkey: proveByPasskey, read: readMailedLink, deletions: ports.deletions),
      recentSecondFactor: RequireRecentSecondFactor(accounts: ports.accounts, clock: ports.serving.clock),
      authenticator: ports.serving.authenticator,
      limits: RouteLimits(development: settings.common.developmentLimits, limiter: ports.serving.limiter),
      cookie: RefreshCookie(publicURL: settings.common.publicURL))
  }

  var consentRoutes: ConsentRoutes {
    ConsentRoutes(
      consent: GiveConsent(current: settings.consentVersion, consents: ports.consents),
      authenticator: ports.serving.authenticator)
  }

  var carePlanMailRoutes: CarePlanMailRoutes {
    CarePlanMailRoutes(
      choose: ChooseCarePlanMail(policy: settings.carePlanMail, choices: ports.carePlanMails),
      authenticator: ports.serving.authenticator, clock: ports.serving.clock)
  }

  var exportRoutes: AccountExportRoutes {
    AccountExportRoutes(
      exports: ports.exports, authenticator: ports.serving.authenticator,
      limits: RouteLimits(development: settings.common.developmentLimits, limiter: ports.serving.limiter),
      clock: ports.serving.clock)
  }
}
