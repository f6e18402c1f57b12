import Domain
import Fakes
import Testing

@Suite("The shares of refunds in an order's talk time")
struct RefundTalkTimeSharesTests {
  private func shares(_ talkTime: Int64, _ paid: Int64, _ amounts: Int64...) -> RefundTalkTimeShares {
    RefundTalkTimeShares(talkTime: .milliseconds(talkTime), paid: Paise(paid), amounts: amounts.map { Paise($0) })
  }

  @Test("a third of the money is a third of the time, rounded down; the last one takes the rest")
  func thirds() {
    let whole = shares(100, 300, 100, 100, 100)
    #expect(whole.shares == [33, 33, 34].map { .milliseconds($0) })
    #expect(whole.taken == .milliseconds(100))
    #expect(whole.refunded == Paise(300) && whole.refundable == .zero)
  }

  @Test("the share of a further refund is known in advance")
  func oneMore() {
    #expect(shares(600_000, 19_900).share(of: Paise(9_950)) == .milliseconds(300_000))
    #expect(shares(600_000, 19_900, 9_950).share(of: Paise(9_950)) == .milliseconds(300_000))
    #expect(shares(600_000, 19_900, 19_900).share(of: Paise(1)) == .zero)
    #expect(shares(600_000, 19_900, 9_950).refundable == Paise(9_950))
  }

  @Test("the value of unused talk time is rounded down, and never more than is left")
  func value() {
    #expect(shares(600_000, 19_900).value(ofUnspent: .milliseconds(600_000)) == Paise(19_900))
    #expect(shares(600_000, 19_900).value(ofUnspent: .milliseconds(599_999)) == Paise(19_899))
    #expect(shares(600_000, 19_900).value(ofUnspent: .milliseconds(30)) == .zero)
    // Time of other orders does not count.
    #expect(shares(600_000, 19_900).value(ofUnspent: .minutes(600)) == Paise(19_900))
    #expect(shares(600_000, 19_900, 19_899).value(ofUnspent: .minutes(600)) == Paise(1))
    #expect(shares(600_000, 19_900).value(ofUnspent: .milliseconds(-1)) == .zero)
  }

  @Test("an order without talk time or without a price has no shares")
  func nothing() {
    #expect(shares(0, 19_900, 100).shares == [.zero])
    #expect(shares(0, 19_900).value(ofUnspent: .minutes(1)) == .zero)
    #expect(shares(600_000, 0).share(of: Paise(100)) == .zero)
    #expect(shares(600_000, 0).value(ofUnspent: .minutes(1)) == .zero)
  }

  @Test("a refund of more than was paid takes no more than was sold")
  func tooMuch() {
    let tooMuch = shares(600_000, 19_900, 19_900, 19_900)
    #expect(tooMuch.shares == [.milliseconds(600_000), .zero])
    #expect(tooMuch.refundable == .zero && tooMuch.taken == .milliseconds(600_000))
  }

  @Test("extreme values do not overflow", arguments: [(Int64.max, Int64.max), (.max, 1), (1, .max)])
  func extremes(talkTime: Int64, paid: Int64) {
    let whole = shares(talkTime, paid, paid)
    #expect(whole.shares == [.milliseconds(talkTime)])
    #expect(shares(talkTime, paid).value(ofUnspent: .milliseconds(.max)) == Paise(paid))
    #expect(shares(talkTime, paid).value(ofUnspent: .milliseconds(.min)) == .zero)
  }

  @Test("however a whole refund is split, it takes the order's talk time to the millisecond")
  func anySplit() {
    var random = Seeded(0x5EED)
    for _ in 0..<2_000 {
      let (talkTime, amounts) = order(&random)
      let whole = RefundTalkTimeShares(talkTime: talkTime, paid: amounts.reduce(.zero, +), amounts: amounts)
      #expect(whole.shares.reduce(.zero, +) == talkTime, "\(whole)")
      #expect(whole.shares.allSatisfy { $0 >= .zero }, "\(whole)")
      #expect(whole.shares.count == amounts.count)
    }
  }

  @Test("the value of unspent talk time is never more than is left, and takes no more than is unspent")
  func anyValue() {
    var random = Seeded(0xFEED)
    for _ in 0..<2_000 {
      let (talkTime, amounts) = order(&random)
      let standing = Array(amounts.dropLast())
      let shares = RefundTalkTimeShares(talkTime: talkTime, paid: amounts.reduce(.zero, +), amounts: standing)
      let unspent = TalkTime.milliseconds(.random(in: 0...talkTime.milliseconds, using: &random))
      let value = shares.value(ofUnspent: unspent)
      #expect(value >= .zero && value <= shares.refundable, "\(shares) \(unspent)")
      #expect(shares.share(of: value) <= unspent, "\(shares) \(unspent)")
    }
  }

  @Test("a share that was computed in advance is the share that is taken")
  func foretold() {
    var random = Seeded(0xC0DE)
    for _ in 0..<500 {
      let (talkTime, amounts) = order(&random)
      let paid = amounts.reduce(.zero, +)
      for count in amounts.indices {
        let before = RefundTalkTimeShares(talkTime: talkTime, paid: paid, amounts: Array(amounts.prefix(count)))
        let after = RefundTalkTimeShares(talkTime: talkTime, paid: paid, amounts: Array(amounts.prefix(count + 1)))
        #expect(before.share(of: amounts[count]) == after.shares.last)
      }
    }
  }

  private func order(_ random: inout Seeded) -> (talkTime: TalkTime, amounts: [Paise]) {
    let count = Int.random(in: 1...12, using: &random)
    return (
      .milliseconds(.random(in: 1...10_000_000, using: &random)),
      (0..<count).map { _ in Paise(.random(in: 1...100_000, using: &random)) }
    )
  }
}
