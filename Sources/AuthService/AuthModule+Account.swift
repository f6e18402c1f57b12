import Application
import HTTPServing

extension AuthModule {
  var userRoutes: UserRoutes {
    UserRoutes(
      users: ports.users, disable: DisableUser(users: ports.users), authenticator: ports.serving.authenticator)
  }

  var redeemGoogle: RedeemGoogleCredential {
    RedeemGoogleCredential(
      google: ports.google, nonces: ports.nonces, used: ports.usedCredentials, hashes: ports.hashes,
      random: ports.random)
  }
}
