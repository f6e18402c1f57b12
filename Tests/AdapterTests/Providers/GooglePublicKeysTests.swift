import Application
import Domain
import Fakes
import Foundation
import GoogleAdapter
import Testing

@Suite("Google's public keys")
struct GooglePublicKeysTests {
  private let clock = FakeClock()
  private let signer: GoogleSigner
  private let google: ScriptedGoogle
  private let verifier: GoogleIDTokenVerifier

  init() throws {
    signer = try GoogleSigner(clock: clock)
    google = ScriptedGoogle(GoogleSigner.body([signer.published]))
    verifier = GoogleIDTokenVerifier(
      http: google, baseURL: "http://google.test", clientID: GoogleSigner.client, clock: clock)
  }

  /// The result of a new credential that is signed with the key of this id; nil for success.
  private func refusal(_ kid: String = "one") async throws -> IdentityError? {
    let credential = try signer.credential(header: ["kid": "\"\(kid)\""])
    do throws(IdentityError) { _ = try await verifier.verify(credential) } catch { return error }
    return nil
  }

  @Test(
    "a key of an unknown kind spoils no other key",
    arguments: [
      #"{"kty":"XYZ","kid":"new"}"#, #"{"kty":"EC","crv":"P-999","kid":"new","x":"AA","y":"AA"}"#,
      #"{"kty":"RSA","alg":"RS9999","kid":"new","n":"AQAB","e":"AQAB"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
      #"{"kty":"RSA","kid":"new"}"#, #"{"kty":"RSA","kid":7,"n":"AQAB","e":"AQAB"}"#, "1", "null", "[]", "{}",
      #""text""#,
    ])
  func oddKeys(odd: String) async throws {
    google.publish(GoogleSigner.body([odd, signer.published, odd]))
    #expect(try await refusal() == nil)
  }

  @Test(
    "a key for another use or another algorithm verifies nothing",
    arguments: [(#""use":"sig""#, #""use":"enc""#), (#""alg":"RS256""#, #""alg":"RS512""#)])
  func otherUse(original: String, changed: String) async throws {
    let other = signer.published(as: "two").replacing(original, with: changed)
    google.publish(GoogleSigner.body([signer.published, other]))
    #expect(try await refusal("two") == .invalidCredentials)
    #expect(try await refusal() == nil)
  }

  @Test("a key without its optional members is used", arguments: [#""use":"sig","#, #""alg":"RS256","#])
  func optionalMembers(member: String) async throws {
    google.publish(GoogleSigner.body([signer.published.replacing(member, with: "")]))
    #expect(try await refusal() == nil)
  }

  @Test("keys are asked for once within the age that Google tells")
  func age() async throws {
    for _ in 0..<20 { #expect(try await refusal() == nil) }
    clock.advance(.seconds(3_599))
    #expect(try await refusal() == nil)
    #expect(google.asked == 1)
    clock.advance(.seconds(2))
    #expect(try await refusal() == nil)
    await google.waitUntilAsked(2)
  }

  @Test(
    "an invalid age of the keys leads to a new request within a day",
    arguments: [
      "max-age=0", "max-age=-1", "max-age=9223372036854775807", "max-age=99999999999999999999", "max-age=1e300",
      "max-age=NaN", "max-age=", "max-age", "max-age=1.5",
    ])
  func invalidAge(text: String) async throws {
    google.publish(GoogleSigner.body([signer.published]), age: text)
    #expect(try await refusal() == nil)
    clock.advance(.seconds(86_401))
    #expect(try await refusal() == nil)
    await google.waitUntilAsked(2)
  }

  @Test("while Google is away or silent, known keys are used for a day after their age is over")
  func away() async throws {
    #expect(try await refusal() == nil)
    google.fail(.connect)
    clock.advance(.seconds(3_601))
    #expect(try await refusal() == nil)
    await google.waitUntilAsked(2)
    google.beSilent()
    clock.advance(.seconds(86_000))
    #expect(try await refusal() == nil)
    await google.waitUntilAsked(3)
    google.speak()
    clock.advance(.seconds(400))
    #expect(try await refusal() == .unavailable)
    google.publish(GoogleSigner.body([signer.published]))
    clock.advance(.seconds(1))
    #expect(try await refusal() == nil)
  }

  @Test("keys that cannot be fetched are an error of the provider, not of the token", arguments: [500, 200, 404])
  func unreadable(status: Int) async throws {
    google.publish("<html>", status: status)
    #expect(try await refusal() == .unavailable)
    google.publish(GoogleSigner.body([]))
    clock.advance(.seconds(1))
    #expect(try await refusal() == .unavailable)
    google.publish(GoogleSigner.body([signer.published]))
    clock.advance(.seconds(1))
    #expect(try await refusal() == nil)
  }

  @Test("many unknown key ids ask Google once in half a minute, and are refused")
  func unknownKeys() async throws {
    #expect(try await refusal() == nil)
    clock.advance(.seconds(60))
    for number in 0..<50 { #expect(try await refusal("unknown-\(number)") == .invalidCredentials) }
    #expect(google.asked == 2)
    clock.advance(.seconds(30))
    #expect(try await refusal("unknown") == .invalidCredentials)
    #expect(google.asked == 3)
  }

  @Test("a key that Google publishes anew is found half a minute later at most, by its first credential")
  func newKey() async throws {
    #expect(try await refusal() == nil)
    #expect(try await refusal("two") == .invalidCredentials)
    google.publish(GoogleSigner.body([signer.published, signer.published(as: "two")]))
    clock.advance(.seconds(30))
    #expect(try await refusal("two") == nil)
    #expect(google.asked == 2)
  }

  @Test("a known key waits for nothing while strangers' keys are looked for, and they share one request")
  func goodBesideForged() async throws {
    #expect(try await refusal() == nil)
    clock.advance(.seconds(30))
    google.beSilent()
    try await withThrowingTaskGroup(of: IdentityError?.self) { group in
      for number in 0..<20 { group.addTask { try await refusal("unknown-\(number)") } }
      await google.waitUntilAsked(2)
      for _ in 0..<5 { #expect(try await refusal() == nil) }
      google.speak()
      for try await error in group { #expect(error == .invalidCredentials) }
    }
    #expect(google.asked == 2)
  }

  @Test("unknown keys are refused while Google is away and its last answer is still good")
  func forgedWhileAway() async throws {
    #expect(try await refusal() == nil)
    google.publish("", status: 503)
    clock.advance(.seconds(30))
    for number in 0..<20 { #expect(try await refusal("unknown-\(number)") == .invalidCredentials) }
    #expect(google.asked == 2)
    // Afterwards nobody knows whether Google has such a key.
    clock.advance(.seconds(3_600))
    #expect(try await refusal("unknown") == .unavailable)
    #expect(try await refusal() == nil)
  }

  @Test("a clock that was set back stops no request")
  func clockSetBack() async throws {
    #expect(try await refusal() == nil)
    clock.advance(.seconds(-600))
    #expect(try await refusal("two") == .invalidCredentials)
    #expect(google.asked == 2)
  }

  @Test("the first sign-ins of a process share one request")
  func firstRequests() async throws {
    google.beSilent()
    try await withThrowingTaskGroup(of: IdentityError?.self) { group in
      for _ in 0..<20 { group.addTask { try await refusal() } }
      await google.waitUntilAsked(1)
      google.speak()
      for try await error in group { #expect(error == nil) }
    }
    #expect(google.asked == 1)
  }
}
