import Application
import FoundationEssentials
import Signatures

/// Verifies the signature of ElevenLabs' webhooks: `t=<seconds>,v0=<hex HMAC-SHA256 of t.body>`, valid for half an
/// hour. Parts with another name belong to other versions and are skipped, as in ElevenLabs' own SDK.
public struct ElevenLabsSignatureVerifier: ConversationSignatureVerifier {
  /// The greatest age of a webhook, and how far its clock may be ahead, in seconds. The SDK accepts the same.
  public static let window: Int64 = 30 * 60

  /// The current secret and, while it is being changed, the previous one.
  private let secrets: [String]
  private let clock: any WallClock

  public init(secrets: [String], clock: any WallClock) {
    self.secrets = secrets
    self.clock = clock
  }

  public func check(_ header: String) -> (any SignedBodyVerifier)? {
    guard let (time, signatures) = Self.parts(header), !signatures.isEmpty, !secrets.isEmpty, let seconds = Int64(time),
      isRecent(seconds)
    else { return nil }
    var check = BodyCheck(signatures: signatures, codes: secrets.map(RunningSignature.init))
    Array("\(time).".utf8).withUnsafeBytes { check.read($0) }
    return check
  }

  /// Computes one code for each secret while the body is read. The body is not stored.
  private struct BodyCheck: SignedBodyVerifier {
    let signatures: [HexSignature]
    var codes: [RunningSignature]

    mutating func read(_ bytes: UnsafeRawBufferPointer) {
      for index in codes.indices { codes[index].read(bytes) }
    }

    var isSigned: Bool { codes.contains { $0.isOne(of: signatures) } }
  }

  private func isRecent(_ seconds: Int64) -> Bool {
    let now = clock.now().unixSeconds
    return seconds >= now - Self.window && seconds <= now + Self.window
  }

  /// Nil if the time is missing, occurs twice or is no plain number.
  private static func parts(_ header: String) -> (time: Substring, signatures: [HexSignature])? {
    guard header.utf8.count <= 1_024 else { return nil }
    let parts = header.split(separator: ",").map { $0.drop { $0 == " " } }
    let times = parts.filter { $0.hasPrefix("t=") }.map { $0.dropFirst(2) }
    guard times.count == 1, let time = times.first, (1...12).contains(time.utf8.count),
      time.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return (time, parts.filter { $0.hasPrefix("v0=") }.prefix(2).compactMap { HexSignature($0.dropFirst(3)) })
  }
}
