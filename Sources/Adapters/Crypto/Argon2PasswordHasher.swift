import Application
import CSodium
import Domain
import Foundation

public enum PasswordHashingError: Error, Sendable {
  /// Too many hashes are already queued: an attacker must not be able to queue a gigabyte of work.
  case busy
  /// No hash could be made, such as without memory for it. It tells nothing about a password.
  case failed
}

/// Argon2id (RFC 9106). It runs on its own threads, because a hash takes tens of milliseconds and must not block an
/// event loop or a thread of Swift's cooperative pool. Networks take turns.
public final class Argon2PasswordHasher: PasswordHasher {
  /// Of a network with so many hashes waiting, which is a flood, one thread less than there are works. On the core that
  /// is left the event loops and the stores of the same machine answer at once, which the threads' low priority alone
  /// does not achieve: Linux compares it within a session or a control group only.
  private static let crowd = 16

  /// By site, since the owner of many networks has to wait for one turn, too.
  private let queue: FairWorkQueue<String?>
  private let random: any RandomSource
  private let parameters: Argon2Parameters
  /// The hash that an unknown address is checked against, so that the check takes as long as for a known one.
  private let decoy: String

  /// - Parameters:
  ///   - maximumOfNetwork: the hashes that may wait for one network.
  ///   - maximum: the hashes that may wait altogether.
  /// - Throws: `failed` where no hash can be made with the parameters. Without a decoy, the time of an answer would
  ///   tell which addresses have an account.
  public init(
    random: any RandomSource, parameters: Argon2Parameters = .recommended,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, maximumOfNetwork: Int = 64, maximum: Int = 512
  ) throws(PasswordHashingError) {
    guard let decoy = Self.hash(Array("decoy".utf8), salt: random.bytes(16), parameters) else { throw .failed }
    self.decoy = decoy
    self.random = random
    self.parameters = parameters
    queue = FairWorkQueue(
      threads: max(1, threads), maximumOfClient: maximumOfNetwork, maximum: maximum, crowd: Self.crowd)
  }

  deinit { queue.close() }

  public func hash(_ password: Password, for client: ClientNetwork?) async throws -> String {
    let (text, salt) = (Array(password.text.utf8), random.bytes(16))
    guard let hash = try await run(for: client, { [parameters] in Self.hash(text, salt: salt, parameters) }) else {
      throw PasswordHashingError.failed
    }
    return hash
  }

  public func verify(_ password: String, against hash: String?, for client: ClientNetwork?) async throws -> Bool {
    let text = Array(password.utf8)
    // The same steps for the decoy as for a stored hash, so that their time tells nothing.
    let stored = hash ?? decoy
    let read = Argon2Hash(stored)
    if read == nil, let older = WerkzeugHash(stored) { return try await run(for: client) { older.matches(text) } }
    guard let compared = read ?? Argon2Hash(decoy) else { throw PasswordHashingError.failed }
    guard let matches = try await run(for: client, { Self.matches(text, compared) }) else {
      throw PasswordHashingError.failed
    }
    return matches && read != nil && hash != nil
  }

  public func hasRoom(for client: ClientNetwork?) -> Bool { queue.hasRoom(for: client?.site) }

  public func isOutdated(_ hash: String) -> Bool {
    Argon2Parameters(of: hash).map { $0.isWeaker(than: parameters) } ?? true
  }

  private func run<T: Sendable>(for client: ClientNetwork?, _ body: @escaping @Sendable () -> T) async throws -> T {
    do { return try await queue.run(for: client?.site, body) } catch { throw PasswordHashingError.busy }
  }

  /// - Parameter salt: of 16 bytes.
  /// - Returns: a hash in the PHC string format; nil where there is no memory for it.
  static func hash(_ password: [UInt8], salt: [UInt8], _ parameters: Argon2Parameters) -> String? {
    guard let key = derived(from: password, salt: salt, parameters, length: 32) else { return nil }
    return parameters.phcPrefix + base64(salt) + "$" + base64(key)
  }

  /// Compares in constant time.
  /// - Returns: nil where no hash could be made to compare with.
  private static func matches(_ password: [UInt8], _ stored: Argon2Hash) -> Bool? {
    guard isSodiumReady else { return nil }
    guard stored.lanes == 1, stored.salt.count == crypto_pwhash_argon2id_saltbytes() else {
      // libsodium derives no such key alone, and here it does not tell a lack of memory from a mismatch.
      return crypto_pwhash_argon2id_str_verify(stored.text, terminated(password), UInt64(password.count)) == 0
    }
    let length = stored.key.count
    guard let key = derived(from: password, salt: stored.salt, stored.parameters, length: length) else { return nil }
    return sodium_memcmp(key, stored.key, length) == 0
  }

  private static func derived(
    from password: [UInt8], salt: [UInt8], _ parameters: Argon2Parameters, length: Int
  ) -> [UInt8]? {
    guard isSodiumReady, salt.count == crypto_pwhash_argon2id_saltbytes() else { return nil }
    var key = [UInt8](repeating: 0, count: length)
    let code = crypto_pwhash_argon2id(
      &key, UInt64(length), terminated(password), UInt64(password.count), salt, UInt64(parameters.passes),
      Int(parameters.memoryKiB) * 1_024, crypto_pwhash_argon2id_alg_argon2id13())
    return code == 0 ? key : nil
  }

  /// libsodium takes no null pointer, which an empty array may be.
  private static func terminated(_ text: [UInt8]) -> [CChar] { text.map { CChar(bitPattern: $0) } + [0] }

  /// libsodium finds out here what the processor can do: with AVX2 or AVX-512 a hash takes a fifth less time.
  private static let isSodiumReady = sodium_init() >= 0

  /// Base64 without padding, as in the PHC string format.
  private static func base64(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "=", with: "")
  }
}
