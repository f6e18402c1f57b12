import Application
import HTTPServing

extension AuthModule {
  var redeemGoogleCredential: RedeemGoogleCredential {
    RedeemGoogleCredential(
      google: ports.google, nonces: ports.nonces, used: ports.usedCredentials, hashes: ports.hashes,
      random: ports.random)
  }

  var googleRoutes: GoogleRoutes {
    let redeem = redeemGoogleCredential
    return GoogleRoutes(
      shared: routes, redeem: redeem,
      signIn: SignInWithGoogle(
        redeem: redeem, accounts: ports.accounts, links: ports.googleLinks, issue: issue),
      link: LinkGoogle(redeem: redeem, links: ports.googleLinks), unlink: UnlinkGoogle(links: ports.googleLinks),
      clock: ports.serving.clock)
  }
}
