import Application
import CArgon2
import Domain
import Foundation
import Synchronization

public enum PasswordHashingError: Error, Sendable {
  /// Too many hashes are already queued: an attacker must not be able to queue a gigabyte of work.
  case busy
  case failed
}

/// Argon2id (RFC 9106) with OWASP's parameters: 19 MiB, two passes, one lane. It runs on its own threads, because a
/// hash takes tens of milliseconds and must not block an event loop or a thread of Swift's cooperative pool.
public final class Argon2PasswordHasher: PasswordHasher {
  /// The prefix of every hash with the current parameters.
  private static let current = "$argon2id$v=19$m=19456,t=2,p=1$"

  private let queue: BlockingWorkQueue
  private let random: any RandomSource
  /// The hash that an unknown address is checked against, so that the check takes as long as for a known one.
  private let decoy: String

  public init(random: any RandomSource, threads: Int = 2, maximumWaiting: Int = 64) {
    self.random = random
    queue = BlockingWorkQueue(threads: threads, maximumWaiting: maximumWaiting)
    decoy = Self.hash(Array("decoy".utf8), salt: random.bytes(16)) ?? ""
  }

  deinit { queue.close() }

  public func hash(_ password: Password) async throws -> String {
    let (text, salt) = (Array(password.text.utf8), random.bytes(16))
    guard let hash = try await queue.run({ Self.hash(text, salt: salt) }) else { throw PasswordHashingError.failed }
    return hash
  }

  public func verify(_ password: String, against hash: String?) async throws -> Bool {
    let text = Array(password.utf8)
    if let older = hash.flatMap(WerkzeugHash.init) { return try await queue.run { older.matches(text) } }
    let known = hash.flatMap { $0.hasPrefix("$argon2id$") ? $0 : nil }
    let encoded = known ?? decoy
    let matches = try await queue.run { argon2id_verify(encoded, text, text.count) == ARGON2_OK.rawValue }
    return matches && known != nil
  }

  public func isOutdated(_ hash: String) -> Bool { !hash.hasPrefix(Self.current) }

  private static func hash(_ password: [UInt8], salt: [UInt8]) -> String? {
    var encoded = [CChar](repeating: 0, count: 128)
    let code = argon2id_hash_encoded(
      2, 19_456, 1, password, password.count, salt, salt.count, 32, &encoded, encoded.count)
    guard code == ARGON2_OK.rawValue else { return nil }
    return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A few threads for blocking work, with a bounded queue.
final class BlockingWorkQueue: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let semaphore = DispatchSemaphore(value: 0)
  private let maximumWaiting: Int
  private let threads: Int

  init(threads: Int, maximumWaiting: Int) {
    self.threads = threads
    self.maximumWaiting = maximumWaiting
    for number in 0..<threads {
      let thread = Thread { [state = Shared(self)] in state.work() }
      thread.name = "talktime.work.\(number)"
      thread.start()
    }
  }

  func run<T: Sendable>(_ body: @escaping @Sendable () -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      let accepted = state.withLock { state in
        guard !state.isClosed, state.waiting.count < maximumWaiting else { return false }
        state.waiting.append { continuation.resume(returning: body()) }
        return true
      }
      if accepted { semaphore.signal() } else { continuation.resume(throwing: PasswordHashingError.busy) }
    }
  }

  func close() {
    state.withLock { $0.isClosed = true }
    for _ in 0..<threads { semaphore.signal() }
  }

  fileprivate func next() -> (@Sendable () -> Void)?? {
    semaphore.wait()
    return state.withLock { state in
      if !state.waiting.isEmpty { return .some(state.waiting.removeFirst()) }
      return state.isClosed ? nil : .some(nil)
    }
  }

  private struct Shared: Sendable {
    let queue: BlockingWorkQueue
    init(_ queue: BlockingWorkQueue) { self.queue = queue }
    func work() {
      while let work = queue.next() { work?() }
    }
  }
}
