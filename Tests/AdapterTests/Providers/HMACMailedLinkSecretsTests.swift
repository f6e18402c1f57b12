import Application
import CryptoAdapter
import Domain
import Foundation
import Testing

@Suite("The secrets of mailed links")
struct HMACMailedLinkSecretsTests {
  private let links = HMACMailedLinkSecrets(keys: DerivedKeys(secret: "a root secret of more than thirty-two bytes"))
  private let id = "e621e1f8-c36c-495a-93fc-0c247a3e6e5f"
  private let user = UserID(UUID())
  private let expires = Date(timeIntervalSince1970: 1_795_500_000)

  private func secret(
    _ links: HMACMailedLinkSecrets? = nil, purpose: String = VerifyEmail.purpose, id: String? = nil,
    user: UserID? = nil,
    expires: Date? = nil
  ) -> String {
    (links ?? self.links).secret(
      purpose: purpose, id: id ?? self.id, user: user ?? self.user, expires: expires ?? self.expires)
  }

  @Test("a link's secret is the same when sent and when checked, and fits into a link")
  func stable() throws {
    let again = HMACMailedLinkSecrets(keys: DerivedKeys(secret: "a root secret of more than thirty-two bytes"))
    #expect(secret() == secret(again))
    #expect(Base64URL.decode(secret())?.count == 32)
    let token = MailedLinkToken(id: id, secret: secret())
    let read = try #require(MailedLinkToken(token.text))
    #expect(read.id == id && read.secret == secret())
  }

  @Test("tries of codes are counted by the key, and by the account or the address in any capitalization")
  func subjects() throws {
    let other = HMACMailedLinkSecrets(keys: DerivedKeys(secret: "another secret of more than thirty-two bytes"))
    let address = try #require(EmailAddress("asha@example.com"))
    let subjects = [
      links.limitSubject(of: .user(user)), links.limitSubject(of: .user(UserID(UUID()))),
      links.limitSubject(of: .address(address)),
      links.limitSubject(of: .address(try #require(EmailAddress("ravi@example.com")))),
      other.limitSubject(of: .address(address)),
    ]
    #expect(Set(subjects).count == subjects.count)
    let spelled = try #require(EmailAddress("Asha@Example.com"))
    #expect(links.limitSubject(of: .address(spelled)) == links.limitSubject(of: .address(address)))
  }

  @Test("a secret changes with the key, the purpose, the row, the user and the expiry")
  func bound() {
    let other = HMACMailedLinkSecrets(keys: DerivedKeys(secret: "another secret of more than thirty-two bytes"))
    let secrets = [
      secret(), secret(other), secret(purpose: "reset-password"), secret(id: UUID().uuidString.lowercased()),
      secret(user: UserID(UUID())), secret(expires: expires + 1),
    ]
    #expect(Set(secrets).count == secrets.count)
  }

  private func code(
    _ links: HMACMailedLinkSecrets? = nil, purpose: String = VerifyEmail.purpose, id: String? = nil,
    user: UserID? = nil, expires: Date? = nil
  ) -> String {
    (links ?? self.links).code(
      purpose: purpose, id: id ?? self.id, user: user ?? self.user, expires: expires ?? self.expires
    ).text
  }

  @Test("a code is the same when sent and when checked, and changes with everything that a secret changes with")
  func codes() {
    let again = HMACMailedLinkSecrets(keys: DerivedKeys(secret: "a root secret of more than thirty-two bytes"))
    let other = HMACMailedLinkSecrets(keys: DerivedKeys(secret: "another secret of more than thirty-two bytes"))
    let codes = [
      code(), code(other), code(purpose: "reset-password"), code(id: UUID().uuidString.lowercased()),
      code(user: UserID(UUID())), code(expires: expires + 1),
    ]
    #expect(code() == code(again) && code(expires: expires + 0.4) == code())
    #expect(Set(codes).count == codes.count && codes.allSatisfy { $0.utf8.count == 8 })
  }

  @Test("codes are spread over all eight digits")
  func spread() {
    let codes = (0..<2_000).map { code(expires: expires + Double($0)) }
    for place in 0..<8 {
      let digits = Set(codes.map { Array($0.utf8)[place] })
      #expect(digits.count == 10, "digit \(place)")
    }
  }

  @Test("a secret does not change with a part of a second, which the store does not keep")
  func wholeSeconds() {
    #expect(secret(expires: expires + 0.4) == secret())
  }
}

@Suite("Hashes of refresh tokens")
struct SHA256TokenHasherTests {
  @Test("a refresh token's hash is SHA-256")
  func known() {
    // printf 'tt_r_abc' | openssl dgst -sha256
    let hex = SHA256TokenHasher().sha256("tt_r_abc").map { String(format: "%02x", $0) }.joined()
    #expect(hex == "93618600279dfda973f52221c9ea3ed1bb6f18f6311c80f8acb64a82fcfce8f6")
  }
}
