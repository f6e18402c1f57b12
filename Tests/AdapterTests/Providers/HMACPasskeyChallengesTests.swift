import Application
import CryptoAdapter
import Domain
import Foundation
import Testing

@Suite("The challenges of passkeys")
struct HMACPasskeyChallengesTests {
  private let challenges = HMACPasskeyChallenges(
    keys: DerivedKeys(secret: "a root secret of more than thirty-two bytes"))
  private let secret = [UInt8](repeating: 7, count: 16)
  private let expiry = Date(timeIntervalSince1970: 1_795_500_000)

  @Test("a challenge tells its expiry for the purpose that it was made for, and for no other")
  func purposes() {
    let (asha, ravi) = (UserID(UUID()), UserID(UUID()))
    let purposes: [PasskeyChallengePurpose] = [
      .signIn, .registration(of: asha, isAutomatic: false), .registration(of: asha, isAutomatic: true),
      .registration(of: ravi, isAutomatic: false), .reauthentication(of: asha), .reauthentication(of: ravi),
    ]
    for purpose in purposes {
      let challenge = challenges.challenge(for: purpose, secret: secret, expiry: expiry)
      for other in purposes {
        #expect(challenges.expiry(of: challenge, for: other) == (other == purpose ? expiry : nil))
      }
    }
  }

  @Test("a change of any byte is noticed, and so is another key")
  func changes() {
    let challenge = challenges.challenge(for: .signIn, secret: secret, expiry: expiry)
    #expect(challenge.count == 56 && challenge.prefix(16) == secret[...])
    for place in challenge.indices {
      var other = challenge
      other[place] ^= 1
      #expect(challenges.expiry(of: other, for: .signIn) == nil)
    }
    for other in [[], Array(challenge.dropLast()), challenge + [0]] {
      #expect(challenges.expiry(of: other, for: .signIn) == nil)
    }
    let stranger = HMACPasskeyChallenges(keys: DerivedKeys(secret: "another secret of more than thirty-two bytes"))
    #expect(stranger.expiry(of: challenge, for: .signIn) == nil)
  }
}
