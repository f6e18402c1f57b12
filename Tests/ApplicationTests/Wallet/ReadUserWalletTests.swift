import Application
import Domain
import Fakes
import Foundation
import Testing

@Suite("A user's wallet, as an operator reads it")
struct ReadUserWalletTests {
  private let clock = FakeClock()

  @Test("its pages are those of its owner, and a user whom there is not has none")
  func pages() async throws {
    let (wallets, orders) = (InMemoryWallets(clock: clock), InMemoryOrderRepository(clock: clock))
    let (user, other) = (UserID(UUID()), UserID(UUID()))
    wallets.add(user)
    for number in 0..<3 {
      wallets.write("grant", "operator:\(number)", of: user) { $0.credit(.seconds(10)) }
      wallets.write("grant", "operator:other \(number)", of: other) { $0.credit(.seconds(10)) }
    }
    let read = ReadUserWallet(wallets: wallets, wallet: wallets, orders: orders)
    let first = try await read.ledger(of: user, limit: 2, after: nil, includeHolds: false)
    #expect(first.items.map(\.reference) == ["operator:2", "operator:1"] && first.next != nil)
    let second = try await read.ledger(of: user, limit: 2, after: first.next, includeHolds: false)
    #expect(second.items.map(\.reference) == ["operator:0"] && second.next == nil)
    #expect(try await read.orders(of: user, limit: 2, after: nil).items.isEmpty)
    await #expect(throws: WalletAdministrationError.userNotFound) {
      _ = try await read.ledger(of: UserID(UUID()), limit: 2, after: nil, includeHolds: false)
    }
    await #expect(throws: WalletAdministrationError.userNotFound) {
      _ = try await read.orders(of: UserID(UUID()), limit: 2, after: nil)
    }
  }
}
