import Application
import CryptoAdapter
import Domain
import Foundation
import Logging
import PostgresAdapter
import PostgresDriver

/// Signed-in users with talk time, written to the database directly: hashing two thousand passwords would take minutes.
/// Their tokens are signed with the installation's own key.
struct People: Sendable {
  struct Member: Sendable {
    let user: UserID
    let token: String
    let habit: Habit
    let sheet: Sheet
  }

  let database: PostgresPool
  private let signer: TokenSigner
  private let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))

  /// - Parameter secret: JWT_SECRET_KEY.
  init(database: PostgresPool, secret: String, issuer: String) async throws {
    self.database = database
    signer = try await TokenSigner(secret: secret, issuer: issuer)
  }

  func make(_ count: Int, seconds: Int) async throws -> [Member] {
    var members: [Member] = []
    for number in 0..<count {
      let habit = Habit.of(number, among: count)
      let user = UserID(UUID())
      members.append(
        Member(
          user: user, token: try await token(user), habit: habit,
          sheet: Sheet(SoakTally(habit, credited: habit.grant(seconds: seconds)))))
    }
    try await database.query(
      """
      INSERT INTO users (id, email)
      SELECT id, 'soak-' || id || '@example.com' FROM unnest(\(members.map(\.user.uuid))) AS id
      """)
    try await grant(to: members)
    return members
  }

  private func token(_ user: UserID) async throws -> String {
    let now = Date()
    return try await signer.sign(
      AccessTokenClaims(
        userID: user, deviceID: DeviceID(UUID()), scope: [], issuedAt: now, authenticatedAt: now,
        expiresAt: now + 24 * 3_600),
      methods: ["pwd"], id: UUID())
  }

  private func grant(to members: [Member]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, member) in members.enumerated() {
        if number >= 8 { try await group.next() }
        group.addTask {
          let credited = TalkTime.milliseconds(member.sheet.now.credited)
          try await database.transaction { transaction in
            var locked = try await ledger.lock(member.user, in: transaction)
            try await ledger.credit(
              credited, kind: .grant, reference: "soak:\(member.user)", cause: "soak", to: &locked, in: transaction)
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
