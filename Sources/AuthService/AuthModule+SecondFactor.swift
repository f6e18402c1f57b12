import Application
import Domain
import HTTPServing

extension AuthModule {
  var secondFactorRoutes: SecondFactorRoutes {
    SecondFactorRoutes(
      shared: routes,
      answerChallenge: AnswerSignInChallenge(accounts: ports.accounts, verify: verifySecondFactor, issue: issue),
      begin: BeginTOTPEnrolment(
        accounts: ports.accounts, factors: ports.totpFactors, secrets: ports.totpSecrets, random: ports.random),
      confirm: ConfirmTOTPEnrolment(
        factors: ports.totpFactors, secrets: ports.totpSecrets, totp: ports.totp, hashes: ports.hashes,
        random: ports.random),
      factors: ports.totpFactors, clock: ports.serving.clock)
  }

  var reauthenticationRoutes: ReauthenticationRoutes {
    ReauthenticationRoutes(
      shared: routes,
      reauthenticate: Reauthenticate(
        confirm: confirmPassword, redeem: redeemGoogleCredential,
        verify: verifySecondFactor, passkey: proveByPasskey, read: readMailedLink, issue: issue),
      passkey: proveByPasskey, relyingParty: PasskeyRelyingParty(publicURL: settings.common.publicURL),
      links: ports.accountLinks)
  }

  private var verifySecondFactor: VerifySecondFactor {
    VerifySecondFactor(
      factors: ports.totpFactors, secrets: ports.totpSecrets, totp: ports.totp, hashes: ports.hashes)
  }
}
