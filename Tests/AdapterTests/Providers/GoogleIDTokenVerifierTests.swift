import Application
import CryptoExtras
import Domain
import Fakes
import Foundation
import GoogleAdapter
import HTTPTransport
import Logging
import Testing

@Suite("Google's ID tokens")
struct GoogleIDTokenVerifierTests {
  private static let client = "talktime.apps.example"
  private let http = HTTPTransport(logger: Logger(label: "tests"))
  private let clock = FakeClock()
  private let key: _RSA.Signing.PrivateKey
  private let published: String

  init() throws {
    key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let numbers = try key.publicKey.getKeyPrimitives()
    published = """
      {"kty":"RSA","alg":"RS256","use":"sig","kid":"one","n":"\(Self.encoded(numbers.modulus))",\
      "e":"\(Self.encoded(numbers.publicExponent))"}
      """
  }

  private static func encoded(_ bytes: some DataProtocol) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// A credential that is signed now. Each change is the JSON of a claim, or nil to leave the claim out.
  private func credential(_ changes: [String: String?] = [:], header: [String: String] = [:]) throws -> String {
    let now = Int(clock.now().timeIntervalSince1970)
    var claims: [String: String?] = [
      "iss": #""https://accounts.google.com""#, "aud": "\"\(Self.client)\"", "sub": #""1234567890""#,
      "iat": "\(now)", "exp": "\(now + 3_600)", "email": #""ada@example.com""#, "email_verified": "true",
      "nonce": #""n""#,
    ]
    claims.merge(changes) { $1 }
    let heads = ["alg": #""RS256""#, "kid": #""one""#, "typ": #""JWT""#].merging(header) { $1 }
    let parts = [heads.mapValues { Optional($0) }, claims].map { members in
      let json = members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",")
      return Self.encoded(Data("{\(json)}".utf8))
    }
    let signed = parts.joined(separator: ".")
    let signature = try key.signature(for: Data(signed.utf8), padding: .insecurePKCS1v1_5)
    return "\(signed).\(Self.encoded(signature.rawRepresentation))"
  }

  private func keySet(_ keys: String..., age: String = "max-age=3600") -> CannedServer.Answer {
    CannedServer.Answer(
      headers: ["Cache-Control: public, \(age), must-revalidate"], body: "{\"keys\":[\(keys.joined(separator: ","))]}")
  }

  private func verify(
    _ credential: String, _ answers: [CannedServer.Answer]
  ) async throws -> Result<GoogleIdentity, IdentityError> {
    try await CannedServer.with(answers) { _, url in
      let google = GoogleIDTokenVerifier(http: http, baseURL: url, clientID: Self.client, clock: clock)
      do throws(IdentityError) { return .success(try await google.verify(credential, nonce: "n")) } catch {
        return .failure(error)
      }
    }
  }

  @Test("a token for our client, with a verified address and the expected nonce, identifies its user")
  func good() async throws {
    let found = try await verify(try credential(["name": #""Ada\\r\\nLovelace""#]), [keySet(published)]).get()
    #expect(found.subject == "1234567890" && found.email.description == "ada@example.com")
    #expect(found.name?.contains { $0.isNewline } == false)
  }

  @Test(
    "a token for another client, not verified, with another nonce or expired is refused",
    arguments: [
      ["aud": #""another""#], ["aud": #"["talktime.apps.example"]"#], ["iss": #""https://accounts.example""#],
      ["email_verified": "false"], ["email_verified": nil], ["email": nil], ["email": #""nobody""#], ["nonce": nil],
      ["nonce": #""m""#], ["sub": #""""#], ["exp": "1"], ["exp": nil],
    ] as [[String: String?]])
  func refused(changes: [String: String?]) async throws {
    #expect(try await verify(try credential(changes), [keySet(published)]) == .failure(.invalidCredentials))
  }

  @Test("a token in another algorithm, without a key id or with an unknown one is refused")
  func headers() async throws {
    for header in [["alg": #""none""#], ["alg": #""HS256""#], ["kid": "null"], ["kid": #""two""#], ["kid": "1"]] {
      let answer = try await verify(try credential(header: header), [keySet(published)])
      #expect(answer == .failure(.invalidCredentials), "\(header)")
    }
  }

  @Test(
    "an impossible time is refused or accepted, and never ends the process",
    arguments: [
      "0", "-1", "1e300", "-1e300", "1e400", "9223372036854775807", "-9223372036854775808", "18446744073709551616",
      "0.5", "-0.0", "null", #""NaN""#, #""Infinity""#, "true", "[]", "{}",
    ])
  func moments(number: String) async throws {
    let lasting = ["1e300", "9223372036854775807", "18446744073709551616"]
    let expiring = try await verify(try credential(["exp": number]), [keySet(published)])
    #expect((try? expiring.get()) != nil ? lasting.contains(number) : !lasting.contains(number), "exp \(number)")
    _ = try await verify(try credential(["iat": number]), [keySet(published)])
  }

  @Test(
    "an invalid age of the keys leads to a new request within a day",
    arguments: [
      "max-age=0", "max-age=-1", "max-age=9223372036854775807", "max-age=99999999999999999999", "max-age=1e300",
      "max-age=NaN", "max-age=", "max-age", "max-age=1.5",
    ])
  func ages(text: String) async throws {
    try await CannedServer.with([keySet(published, age: text), keySet(published, age: text)]) { server, url in
      let google = GoogleIDTokenVerifier(http: http, baseURL: url, clientID: Self.client, clock: clock)
      let first = try await google.verify(try credential(), nonce: "n")
      clock.advance(.seconds(86_401))
      #expect(try await google.verify(try credential(), nonce: "n") == first)
      #expect(server.asked.count == 2)
    }
  }

  @Test(
    "a key of an unknown kind spoils no other key",
    arguments: [
      #"{"kty":"XYZ","kid":"new"}"#, #"{"kty":"EC","crv":"P-999","kid":"new","x":"AA","y":"AA"}"#,
      #"{"kty":"RSA","alg":"RS9999","kid":"new","n":"AQAB","e":"AQAB"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
      #"{"kty":"RSA","kid":"new"}"#, "1", "null", "[]", "{}",
    ])
  func oddKeys(odd: String) async throws {
    let found = try await verify(try credential(), [keySet(odd, published, odd)])
    #expect((try? found.get())?.subject == "1234567890")
  }

  @Test("keys that cannot be fetched are an error of the provider, not of the token", arguments: [500, 200])
  func away(status: Int) async throws {
    let answer = CannedServer.Answer(status: status, body: "<html>")
    #expect(try await verify(try credential(), [answer]) == .failure(.unavailable))
  }
}
