import Application
import FoundationEssentials
import Signatures

/// The signature of ElevenLabs' webhooks: `t=<seconds>,v0=<hex HMAC-SHA256 of t.body>`, good for half an hour. Parts of
/// another name are for other versions and are passed over, as ElevenLabs' own SDK does.
public struct ElevenLabsSignatureVerifier: ConversationSignatureVerifier {
  /// How old a webhook may be, and how far ahead its clock: what the SDK accepts, in seconds.
  public static let window: Int64 = 30 * 60

  /// The present secret and, while it is being changed, the one before.
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

  /// Of each secret one code runs along, and what is read is not kept.
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

  /// Nil where the time is missing, is there twice or is no plain number.
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
