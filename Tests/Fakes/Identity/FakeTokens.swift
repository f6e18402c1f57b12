import Application
import Domain
import FoundationEssentials
import Synchronization

/// Issues tokens and stores their claims, so that the test can read the claims of a token.
public final class FakeTokens: AccessTokenSigner, TokenHasher, RefreshTokenMinter {
  public struct Signed: Sendable {
    public let claims: AccessTokenClaims
    public let methods: [String]
  }

  private let signed = Mutex<[String: Signed]>([:])

  public init() {}

  public func read(_ token: String) -> Signed? { signed.withLock { $0[token] } }

  public func sign(_ claims: AccessTokenClaims, methods: [String], id: UUID) async throws -> String {
    let token = "token-\(id.uuidString)"
    signed.withLock { $0[token] = Signed(claims: claims, methods: methods) }
    return token
  }

  public func sha256(_ text: String) -> [UInt8] { Array("sha256 of \(text)".utf8) }

  public func token(of device: DeviceID, secret: [UInt8]) -> String {
    "tt_r_\(device)-\(secret.map(String.init).joined(separator: "."))"
  }

  public func family(of token: String) -> DeviceID? {
    token.hasPrefix("tt_r_") ? DeviceID(String(token.dropFirst(5).prefix(36))) : nil
  }

  public func seal(_ successor: String, under parent: String) throws(IdentityError) -> [UInt8] {
    Array("\(parent) \(successor)".utf8)
  }

  public func unseal(_ sealed: [UInt8], with parent: String) -> String? {
    let text = String(decoding: sealed, as: UTF8.self)
    return text.hasPrefix("\(parent) ") ? String(text.dropFirst(parent.count + 1)) : nil
  }
}

/// Bytes that never repeat, from a seed.
public final class FakeRandom: RandomSource {
  private let state: Mutex<UInt64>

  public init(seed: UInt64 = 1) { state = Mutex(seed) }

  public func bytes(_ count: Int) -> [UInt8] {
    state.withLock { state in
      (0..<count).map { _ in
        // Knuth's constants for a linear congruential generator of 64 bits.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
      }
    }
  }
}
