import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("An order's aggregate under random reports")
struct OrderAggregatePropertyTests {
  private struct Report {
    let name: String
    let tell: (inout OrderLedger) throws -> Void
  }

  /// The final state of the wallet and the order.
  private struct End: Equatable {
    let wallet: Wallet
    let freezes: Set<FreezeCause>
    let status: OrderStatus
    let refunded: [String: Int64]

    init(_ ledger: OrderLedger) {
      (wallet, freezes, status) = (ledger.wallet, ledger.freezes, ledger.status)
      let standing = ledger.refunds.filter { $0.status == .processed }
      refunded = Dictionary(grouping: standing, by: \.paymentID).mapValues { $0.map(\.money.amount.count).reduce(0, +) }
    }
  }

  /// A captured payment, refunds from the dashboard and a dispute, with every report about each.
  private static func news(_ random: inout Seeded) -> [Report] {
    var news = [
      Report(name: "authorized") { $0.note($0.payment(.authorized)) },
      Report(name: "failed") { $0.note($0.payment(.failed)) },
      Report(name: "mismatch") { $0.note($0.payment(), mismatch: true) },
      Report(name: "captured") { try $0.capture() },
    ]
    // The refunds and the dispute do not exceed what was paid: beyond that, the result depends on their order.
    var left: Int64 = 19_900
    for number in 0..<Int.random(in: 0...3, using: &random) {
      let amount = Int64.random(in: 1...max(1, left / 2), using: &random)
      left -= amount
      let ends: [GatewayRefund.Status] = Bool.random(using: &random) ? [.processed] : [.processed, .failed]
      for status in [.pending] + ends {
        news.append(
          Report(name: "refund \(number) \(status) \(amount)") { $0.tell(status, amount, id: "rfnd_\(number)") })
      }
    }
    if Bool.random(using: &random) {
      let end = [DisputeStatus.won, .lost, .closed].randomElement(using: &random) ?? .won
      let amount = Int64.random(in: 1...left, using: &random)
      for status in [DisputeStatus.created, .underReview, end] {
        news.append(Report(name: "dispute \(status) \(amount)") { $0.dispute(status, amount) })
      }
    }
    return news
  }

  @Test("the same reports in any order, and repeated, lead to the same wallet and the same order")
  func order() throws {
    for seed in 0..<400 as Range<UInt64> {
      var random = Seeded(seed)
      let news = Self.news(&random)
      var first: End?
      for _ in 0..<6 {
        let told = (news + news.filter { _ in Bool.random(using: &random) }).shuffled(using: &random)
        var ledger = OrderLedger()
        for piece in told { try piece.tell(&ledger) }
        let end = End(ledger)
        #expect(first == nil || first == end, "seed \(seed): \(told.map(\.name))")
        first = first ?? end
      }
    }
  }

  @Test("refunds never take more talk time or money than was bought, and no reference comes twice")
  func bounds() throws {
    for seed in 0..<400 as Range<UInt64> {
      var random = Seeded(seed)
      let (sold, price) = (
        Int64.random(in: 1...1_000_000, using: &random), Int64.random(in: 1...50_000, using: &random)
      )
      var ledger = OrderLedger(talkTime: .milliseconds(sold), price: price)
      try ledger.capture()
      for _ in 0..<30 {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: _ = try? ledger.request(Int64.random(in: 1...price, using: &random))
        case 1: _ = try? ledger.request(force: false)
        case 2:
          // Razorpay never reports a refund that it refused: the same money may be in another refund.
          let known = ledger.refunds.filter { $0.origin == .operator && ($0.status != .failed || $0.razorpayID != nil) }
          if let refund = known.randomElement(using: &random) {
            ledger.tell([.pending, .processed, .failed].randomElement(using: &random) ?? .pending, refund)
          }
        case 3:
          if let refund = ledger.refunds.randomElement(using: &random) { ledger.refuse(refund) }
        default:
          let status = DisputeStatus.allCases.randomElement(using: &random) ?? .won
          ledger.dispute(
            status, Int64.random(in: 1...price, using: &random), id: "disp_\(Int.random(in: 0..<3, using: &random))")
        }
        let standing = ledger.refunds.filter { $0.status != .failed }
        let time = standing.compactMap(\.talkTime).reduce(.zero, +)
        #expect(time == ledger.aggregate.shares.taken && time <= .milliseconds(sold), "seed \(seed)")
        #expect(standing.map(\.money.amount.count).reduce(0, +) <= price, "seed \(seed)")
        #expect(Set(ledger.references).count == ledger.references.count, "seed \(seed)")
        // Settled refunds are taken, waiting ones are held as far as possible, and the rest is available.
        let settled = ledger.refunds.filter { $0.status == .processed }.compactMap(\.talkTime).reduce(.zero, +)
        #expect(ledger.wallet.balance - ledger.wallet.owed == .milliseconds(sold) - settled, "seed \(seed)")
      }
    }
  }
}
