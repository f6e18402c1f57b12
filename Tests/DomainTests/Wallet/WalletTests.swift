import Domain
import Testing

@Suite("The wallet's arithmetic")
struct WalletTests {
  @Test("no history makes a wallet negative, and nothing is available while talk time is owed")
  func invariants() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      var wallet = Wallet.empty
      var sum: (available: Int64, held: Int64, owed: Int64) = (0, 0, 0)
      for _ in 0..<50 {
        let time = TalkTime.milliseconds(.random(in: 0...100_000, using: &random))
        let change =
          switch Int.random(in: 0..<4, using: &random) {
          case 0: wallet.credit(time)
          case 1: wallet.hold(upTo: time).change
          case 2: wallet.settle(charge: time, holds: wallet.held)
          default: wallet.debit(time)
          }
        sum.available += change.available.milliseconds
        sum.held += change.held.milliseconds
        sum.owed += change.owed.milliseconds
        #expect(Wallet(available: wallet.available, held: wallet.held, owed: wallet.owed) != nil)
        #expect(sum == (wallet.available.milliseconds, wallet.held.milliseconds, wallet.owed.milliseconds))
      }
    }
  }

  @Test("a charge above the holds is taken from the available time, and the rest is owed and paid first")
  func owed() {
    var wallet = Wallet.empty
    _ = wallet.credit(.seconds(100))
    #expect(wallet.hold(upTo: .seconds(60)).amount == .seconds(60))
    _ = wallet.settle(charge: .seconds(130), holds: .seconds(60))
    #expect(wallet.available == .zero && wallet.held == .zero && wallet.owed == .seconds(30))
    _ = wallet.credit(.seconds(50))
    #expect(wallet.available == .seconds(20) && wallet.owed == .zero)
  }
}
