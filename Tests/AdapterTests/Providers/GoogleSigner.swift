import Application
import CryptoExtras
import Fakes
import Foundation

/// Google's side of a test: a key, the key set with it, and ID tokens.
struct GoogleSigner: Sendable {
  static let client = "talktime.apps.example"

  private let clock: FakeClock
  private let key: _RSA.Signing.PrivateKey
  /// The key as a JSON Web Key, with the key id `one`.
  let published: String

  init(clock: FakeClock) throws {
    self.clock = clock
    key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let numbers = try key.publicKey.getKeyPrimitives()
    published = """
      {"kty":"RSA","alg":"RS256","use":"sig","kid":"one","n":"\(Self.encoded(numbers.modulus))",\
      "e":"\(Self.encoded(numbers.publicExponent))"}
      """
  }

  /// The same key under another id.
  func published(as kid: String) -> String { published.replacing(#""kid":"one""#, with: "\"kid\":\"\(kid)\"") }

  static func body(_ keys: [String]) -> String { "{\"keys\":[\(keys.joined(separator: ","))]}" }

  func keySet(_ keys: [String]? = nil, age: String = "max-age=3600") -> CannedServer.Answer {
    CannedServer.Answer(
      headers: ["Cache-Control: public, \(age), must-revalidate"], body: Self.body(keys ?? [published]))
  }

  /// A credential that is signed now. Each change is the JSON of a claim, in which `$now` with a number of seconds stands
  /// for a moment, or nil to leave the claim out.
  func credential(_ changes: [String: String?] = [:], header: [String: String] = [:]) throws -> String {
    let now = Int(clock.now().timeIntervalSince1970)
    var claims: [String: String?] = [
      "iss": #""https://accounts.google.com""#, "aud": "\"\(Self.client)\"", "sub": #""1234567890""#,
      "iat": "\(now)", "exp": "\(now + 3_600)", "email": #""ada@example.com""#, "email_verified": "true",
      "nonce": #""n""#,
    ]
    claims.merge(changes.mapValues { $0.map { Self.moment($0, now) } }) { $1 }
    let heads = ["alg": #""RS256""#, "kid": #""one""#, "typ": #""JWT""#].merging(header) { $1 }
    let parts = [heads.mapValues { Optional($0) }, claims].map { members in
      let json = members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",")
      return Self.encoded(Data("{\(json)}".utf8))
    }
    let signed = parts.joined(separator: ".")
    let signature = try key.signature(for: Data(signed.utf8), padding: .insecurePKCS1v1_5)
    return "\(signed).\(Self.encoded(signature.rawRepresentation))"
  }

  private static func moment(_ text: String, _ now: Int) -> String {
    guard text.hasPrefix("$now") else { return text }
    return "\(now + (Int(text.dropFirst(4)) ?? 0))"
  }

  private static func encoded(_ bytes: some DataProtocol) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
