import Application
import Domain
import HTTPServing

extension AuthModule {
  var passkeyChallenges: PasskeyChallenges {
    PasskeyChallenges(
      minter: ports.passkeyChallenges, used: ports.usedCredentials, hashes: ports.hashes, clock: ports.serving.clock,
      random: ports.random)
  }

  var proveByPasskey: ProveByPasskey {
    ProveByPasskey(
      passkeys: ports.passkeys, challenges: passkeyChallenges, cryptography: ports.passkeyCryptography,
      relyingParty: PasskeyRelyingParty(publicURL: settings.common.publicURL))
  }

  func passkeyRoutes(_ routes: AuthRoutes, issue: IssueTokens) -> PasskeyRoutes {
    let relyingParty = PasskeyRelyingParty(publicURL: settings.common.publicURL)
    let challenges = passkeyChallenges
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
