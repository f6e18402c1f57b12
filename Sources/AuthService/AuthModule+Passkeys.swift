import Application
import Domain
import HTTPServing

extension AuthModule {
  func passkeyRoutes(_ routes: AuthRoutes, issue: IssueTokens) -> PasskeyRoutes {
    let relyingParty = PasskeyRelyingParty(publicURL: settings.common.publicURL)
    let challenges = PasskeyChallenges(
      minter: ports.passkeyChallenges, used: ports.usedCredentials, hashes: ports.hashes, clock: ports.serving.clock,
      random: ports.random)
    return PasskeyRoutes(
      shared: routes, relyingParty: relyingParty,
      offer: OfferPasskey(accounts: ports.accounts, passkeys: ports.passkeys, challenges: challenges),
      register: AddPasskey(
        passkeys: ports.passkeys, challenges: challenges, cryptography: ports.passkeyCryptography,
        relyingParty: relyingParty),
      remove: RemovePasskey(passkeys: ports.passkeys),
      signIn: SignInWithPasskey(
        accounts: ports.accounts, passkeys: ports.passkeys, challenges: challenges,
        cryptography: ports.passkeyCryptography, relyingParty: relyingParty, issue: issue),
      passkeys: ports.passkeys, clock: ports.serving.clock)
  }
}
