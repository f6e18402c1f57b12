import Domain
import Foundation
import PostgresAdapter
import PostgresDriver

/// The ledger as the services use it: one transaction through the pool for each write.
struct BenchLedger: Sendable {
  struct Refused: Error {}

  static let wallets = 64
  /// The same amount as in the scripts.
  private static let amount = TalkTime.milliseconds(10)

  private let pool: PostgresPool
  private let clients: Int
  private let seconds: Int
  private let users: [UserID]
  private let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))

  init(pool: PostgresPool, clients: Int, seconds: Int) {
    self.pool = pool
    self.clients = clients
    self.seconds = seconds
    users = (1...Self.wallets).compactMap { number in
      UUID(uuidString: "00000000-0000-4000-8000-" + String(format: "%012d", number)).map { UserID($0) }
    }
  }

  /// Gives each wallet more talk time than the benchmark can hold.
  func open() async throws {
    for user in users {
      try await pool.transaction { transaction in
        var locked = try await ledger.lock(user, in: transaction)
        try await ledger.credit(
          .seconds(100_000_000), kind: .grant, reference: "bench:\(user)", cause: "bench", to: &locked,
          in: transaction)
      }
    }
  }

  /// - Returns: committed transactions per second.
  func rate(of operation: Operation, wallets: Int) async throws -> Double {
    let begun = ContinuousClock.now
    let end = begun + .seconds(seconds)
    let written = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<clients {
        group.addTask {
          var count = 0
          while ContinuousClock.now < end {
            try await write(operation, users[Int.random(in: 0..<wallets)])
            count += 1
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    return Double(written) / ((ContinuousClock.now - begun) / .seconds(1))
  }

  private func write(_ operation: Operation, _ user: UserID) async throws {
    let reference = "bench:\(UInt64.random(in: 0...UInt64.max))"
    try await pool.transaction { transaction in
      var locked = try await ledger.lock(user, in: transaction)
      switch operation {
      case .hold:
        let held = try await ledger.hold(
          upTo: Self.amount, reference: reference, purpose: reference, cause: "bench", from: &locked, in: transaction)
        guard held.amount == Self.amount else { throw Refused() }
      case .credit:
        try await ledger.credit(
          Self.amount, kind: .grant, reference: reference, cause: "bench", to: &locked, in: transaction)
      }
    }
  }
}
