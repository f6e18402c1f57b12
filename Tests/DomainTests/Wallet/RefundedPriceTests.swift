import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("The part of a price that refunds send back")
struct RefundedPriceTests {
  private let price = Paise(19_900)
  private let fee = Paise(470)
  private let ids = (0..<4).map { _ in RefundID(UUID()) }

  private func amounts(_ counts: [Int64]) -> [RefundID: Paise] {
    Dictionary(zip(ids, counts).map { ($0, Paise($1)) }) { first, _ in first }
  }

  private func refunded(_ counts: [Int64], _ entries: [LedgerSubject]) -> RefundedPrice {
    RefundedPrice(price: price, amounts: amounts(counts), entries: entries)
  }

  @Test(
    "a fee on top of the price is in no part, in however many refunds it goes back",
    arguments: [
      ([20_370], [19_900]), ([10_000, 10_370], [10_000, 9_900]), ([19_900, 470], [19_900, 0]),
      ([470, 19_900], [470, 19_430]), ([5_000, 2_000], [5_000, 2_000]),
    ] as [([Int64], [Int64])])
  func customerFee(counts: [Int64], expected: [Int64]) {
    let entries = ids.prefix(counts.count).map { LedgerSubject.refund($0) }
    let parts = refunded(counts, entries).parts
    #expect(entries.compactMap { parts[$0]?.count } == expected)
  }

  @Test("a returned refund brings its own part back, and only if it counted")
  func returned() {
    let entries: [LedgerSubject] = [
      .refund(ids[0]), .returnedRefund(ids[1]), .returnedRefund(ids[0]), .refund(ids[2]),
    ]
    let expected: [LedgerSubject: Paise] = [
      .refund(ids[0]): price, .returnedRefund(ids[0]): price, .refund(ids[2]): price,
    ]
    #expect(refunded([20_370, 470, 20_000], entries).parts == expected)
  }

  @Test("a refund of the fee alone counts once the refund before it came back and its share took time")
  func recomputed() {
    let again = LedgerSubject.recomputedRefund(ids[1], without: ids[0])
    let entries: [LedgerSubject] = [.refund(ids[0]), .returnedRefund(ids[0]), again, .returnedRefund(ids[1])]
    let parts = refunded([19_900, 470], entries).parts
    #expect(parts[again] == fee && parts[.returnedRefund(ids[1])] == fee && parts.count == 4)
    // The new share of a refund that counts already moves no money.
    let counted: [LedgerSubject] = [.refund(ids[1]), .refund(ids[0]), .returnedRefund(ids[0]), again]
    #expect(refunded([19_900, 470], counted).parts[again] == nil)
  }

  @Test("entries that are about something else, and refunds of other orders, have no part")
  func others() {
    let entries: [LedgerSubject] = [.payment("pay_1"), .other, .refund(ids[3]), .returnedRefund(ids[3])]
    #expect(refunded([19_900], entries).parts.isEmpty)
  }

  @Test("whatever is refunded and returned, no more than the price is away, and nothing comes back that did not go")
  func bounds() throws {
    var random = Seeded(64)
    for _ in 0..<300 {
      let refunds = (0..<8).map { _ in RefundID(UUID()) }
      let amounts = Dictionary(
        refunds.map { ($0, Paise(.random(in: 0...20_370, using: &random))) }
      ) { first, _ in first }
      var entries: [LedgerSubject] = []
      for _ in 0..<20 {
        let refund = try #require(refunds.randomElement(using: &random))
        let other = try #require(refunds.randomElement(using: &random))
        switch Int.random(in: 0..<3, using: &random) {
        case 0: entries.append(.refund(refund))
        case 1: entries.append(.returnedRefund(refund))
        default: entries.append(.recomputedRefund(refund, without: other))
        }
      }
      // The store has each reference once.
      var seen: Set<LedgerSubject> = []
      entries.removeAll { !seen.insert($0).inserted }
      let parts = RefundedPrice(price: price, amounts: amounts, entries: entries).parts
      var away = Paise.zero
      for (count, entry) in entries.enumerated() {
        // Later entries change no earlier part, so that the statement of a month stays as it is.
        let early = RefundedPrice(price: price, amounts: amounts, entries: entries.prefix(count + 1)).parts
        #expect(early[entry] == parts[entry])
        guard let part = parts[entry], let refund = entry.refundID, let amount = amounts[refund] else { continue }
        #expect(part >= .zero && part <= amount)
        if case .returnedRefund = entry { away = away - part } else { away = away + part }
        #expect(away >= .zero && away <= price)
      }
    }
  }

  @Test("refunds of the price and the fee, in any parts, send back the price")
  func whole() {
    var random = Seeded(65)
    for _ in 0..<300 {
      let first = Int64.random(in: 0...20_370, using: &random)
      let second = Int64.random(in: 0...(20_370 - first), using: &random)
      let counts = [first, second, 20_370 - first - second]
      let parts = refunded(counts, ids.prefix(3).map { LedgerSubject.refund($0) }).parts
      #expect(parts.values.reduce(Paise.zero) { $0 + $1 } == price)
    }
  }
}
