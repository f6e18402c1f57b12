import Application
import ElevenLabsAdapter
import Fakes
import FoundationEssentials
import Testing

@Suite("ElevenLabs' signatures")
struct ElevenLabsSignatureTests {
  private let clock = FakeClock(Date(timeIntervalSince1970: 1_700_000_000))
  private let body = Array("{}".utf8)
  // printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
  private let code = "b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163"

  private func signatures(_ secrets: [String] = ["secret"]) -> ElevenLabsSignatureVerifier {
    ElevenLabsSignatureVerifier(secrets: secrets, clock: clock)
  }

  private func isWebhook(_ signatures: ElevenLabsSignatureVerifier, _ header: String, _ body: [UInt8]) -> Bool {
    guard var check = signatures.check(header) else { return false }
    // In pieces, as over the network.
    for piece in [body.prefix(1), body.dropFirst(1)] { piece.withUnsafeBytes { check.read($0) } }
    return check.isSigned
  }

  @Test("a signature by either of our secrets passes, the current one and the new one")
  func passes() {
    for secrets in [["secret"], ["new", "secret"], ["secret", "old"]] {
      #expect(isWebhook(signatures(secrets), "t=1700000000,v0=\(code)", body))
    }
    #expect(isWebhook(signatures(), "v1=abc, v0=\(code), t=1700000000", body))
    #expect(isWebhook(signatures(), "t=1700000000,v0=\(String(repeating: "0", count: 64)),v0=\(code)", body))
  }

  @Test("any other signature is refused")
  func fails() {
    let flipped = (code.first == "0" ? "1" : "0") + code.dropFirst()
    for header in [
      "", "t=1700000000", "v0=\(code)", "t=1700000000,v0=", "t=1700000000,v0=\(flipped)", "t=1700000001,v0=\(code)",
      "t=1700000000,v0=\(code.uppercased())", "t=1700000000,v0=\(code)0", "t=1700000000,v0=\(code.dropLast())",
      "t=,v0=\(code)", "t=+1700000000,v0=\(code)", "t=1700000000,t=1700000000,v0=\(code)", "t=01700000000,v0=\(code)",
      "t=1700000000,v1=\(code)", code, "t=99999999999999999999,v0=\(code)",
      String(repeating: "v1=x,", count: 300) + "t=1700000000,v0=\(code)",
    ] {
      #expect(!isWebhook(signatures(), header, body), "\(header)")
    }
    #expect(!isWebhook(signatures(), "t=1700000000,v0=\(code)", Array("{ }".utf8)))
    #expect(!isWebhook(signatures([]), "t=1700000000,v0=\(code)", body))
    #expect(!isWebhook(signatures(["other", "third"]), "t=1700000000,v0=\(code)", body))
  }

  @Test("a signature is valid for half an hour, whichever clock is ahead")
  func window() {
    let header = "t=1700000000,v0=\(code)"
    for (seconds, passes) in [(0, true), (1_800, true), (1_801, false), (-1_800, true), (-1_801, false)] {
      clock.set(Date(timeIntervalSince1970: 1_700_000_000 + Double(seconds)))
      #expect(isWebhook(signatures(), header, body) == passes, "\(seconds)")
    }
  }
}
