import Application
import Domain
import Fakes
import Foundation
import GoogleAdapter
import HTTPTransport
import Logging
import Testing

@Suite("Google's ID tokens")
struct GoogleIDTokenVerifierTests {
  private let http = HTTPTransport(logger: Logger(label: "tests"))
  private let clock = FakeClock()
  private let google: GoogleSigner

  init() throws { google = try GoogleSigner(clock: clock) }

  private func verify(
    _ credential: String, _ answers: [CannedServer.Answer]? = nil
  ) async throws -> Result<VerifiedGoogleCredential, IdentityError> {
    try await CannedServer.with(answers ?? [google.keySet()]) { _, url in
      let verifier = GoogleIDTokenVerifier(http: http, baseURL: url, clientID: GoogleSigner.client, clock: clock)
      do throws(IdentityError) { return .success(try await verifier.verify(credential)) } catch {
        return .failure(error)
      }
    }
  }

  @Test("a token for our client with a verified address identifies its user")
  func good() async throws {
    let token = try google.credential(["name": #""Ada\r\nLovelace""#, "hd": #""example.com""#])
    let found = try await verify(token).get()
    #expect(found.identity.subject == "1234567890" && found.identity.email.description == "ada@example.com")
    #expect(found.identity.name?.contains { $0.isNewline } == false && found.identity.hostedDomain == "example.com")
    #expect(found.nonce == "n" && found.expiresAt == clock.now() + 3_600)
    #expect("\(found.signedText).\(token.split(separator: ".")[2])" == token)
  }

  @Test("a name with NUL is a name without it")
  func nul() async throws {
    let found = try await verify(try google.credential(["name": #""Ada\u0000 Lovelace""#])).get()
    #expect(found.identity.name == "Ada Lovelace")
  }

  @Test(
    "a token that Google's own library accepts is accepted",
    arguments: [
      ["iss": #""accounts.google.com""#], ["nonce": nil], ["name": nil], ["hd": nil], ["exp": "$now+1"],
      ["iat": "$now"], ["nbf": "$now"], ["azp": #""talktime.apps.example""#], ["iat": "$now+20"],
    ] as [[String: String?]])
  func accepted(changes: [String: String?]) async throws {
    let answer = try await verify(try google.credential(changes))
    #expect((try? answer.get())?.identity.subject == "1234567890", "\(changes)")
  }

  @Test(
    "a token for another client or of another issuer, not verified, expired or not yet valid is refused",
    arguments: [
      ["aud": #""another""#], ["aud": #"["talktime.apps.example"]"#], ["aud": nil], ["aud": #""""#],
      ["iss": #""https://accounts.example""#], ["iss": #""https://accounts.google.com/""#],
      ["iss": #""http://accounts.google.com""#], ["iss": #""Accounts.google.com""#], ["iss": nil],
      ["email_verified": "false"], ["email_verified": #""true""#], ["email_verified": "1"], ["email_verified": nil],
      ["email": nil], ["email": #""nobody""#],
      ["sub": #""""#], ["sub": nil], ["sub": "1234567890"], ["sub": #""a b""#], ["sub": #""a\u0000""#],
      ["exp": "1"], ["exp": "$now"], ["exp": "$now-1"], ["exp": nil], ["exp": #""9999999999""#], ["exp": "$now+90000"],
      ["iat": nil], ["iat": "$now+60"], ["iat": #""1""#], ["nbf": "$now+60"],
    ] as [[String: String?]])
  func refused(changes: [String: String?]) async throws {
    #expect(try await verify(try google.credential(changes)) == .failure(.invalidCredentials), "\(changes)")
  }

  @Test("a token in another algorithm, without a key id or with an unknown one is refused")
  func headers() async throws {
    for header in [
      ["alg": #""none""#], ["alg": #""HS256""#], ["alg": #""RS512""#], ["alg": #""rs256""#], ["kid": "null"],
      ["kid": #""two""#], ["kid": "1"], ["kid": #""""#], ["kid": #""../../x""#],
    ] {
      let answer = try await verify(try google.credential(header: header))
      #expect(answer == .failure(.invalidCredentials), "\(header)")
    }
  }

  @Test("a token with another signature, in other parts or too long is refused")
  func spelling() async throws {
    let token = try google.credential()
    let parts = token.split(separator: ".").map(String.init)
    let other = try GoogleSigner(clock: clock).credential()
    let long = try google.credential(["name": "\"\(String(repeating: "n", count: 10_000))\""])
    for text in [
      other, long, "", ".", "..", "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).", "\(token).\(parts[2])",
      "\(token)=", "\(token)\n", " \(token)", "\(parts[1]).\(parts[0]).\(parts[2])",
    ] {
      #expect(try await verify(text) == .failure(.invalidCredentials), "\(text)")
    }
  }

  @Test(
    "an impossible time is refused, and never ends the process",
    arguments: [
      "0", "-1", "1e300", "-1e300", "1e400", "9223372036854775807", "-9223372036854775808", "18446744073709551616",
      "0.5", "-0.0", "null", #""NaN""#, #""Infinity""#, "true", "[]", "{}",
    ])
  func moments(number: String) async throws {
    #expect(try await verify(try google.credential(["exp": number])) == .failure(.invalidCredentials))
    for claim in ["iat", "nbf"] { _ = try await verify(try google.credential([claim: number])) }
  }
}
