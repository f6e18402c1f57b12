import ArgumentParser
import Domain

/// The talk time and the price of a pack.
struct PackOptions: ParsableArguments {
  @Option(help: "As buyers read it.") var name: String?
  @Option(help: "Talk time in whole minutes.") var minutes: Int64?
  @Option(help: "Talk time in milliseconds, in place of minutes.") var milliseconds: Int64?
  @Option(help: "The price in paise, tax included: 100 to 50000000.") var amount: Int64?
  @Option(help: "INR: packs are sold in no other money.") var currency: String?
  @Option(help: "Of the tax in the price, in per cent, such as 18 or 0.25.") var taxRate: String?
  @Option(help: "On sale from: 2026-11-25 (UTC) or an RFC 3339 time; now if not given.") var from: MomentArgument?
  @Option(help: "On sale until, that moment not included.") var until: MomentArgument?
  @Option(help: "Its place in the list, the smallest first.") var position: Int?

  func validate() throws {
    guard minutes == nil || milliseconds == nil else {
      throw ValidationError("give --minutes or --milliseconds, not both")
    }
    if let minutes, !(1...1_000_000).contains(minutes) { throw ValidationError("--minutes is 1 to 1000000") }
  }

  func changes() throws -> PackChanges {
    var changes = PackChanges()
    changes.name = name
    changes.talkTime = minutes.map { .minutes($0) } ?? milliseconds.map { .milliseconds($0) }
    changes.amount = amount.map { Paise($0) }
    if let currency {
      guard let known = Currency(currency) else { throw ValidationError("--currency is three capital letters") }
      changes.currency = known
    }
    if let taxRate {
      guard let rate = TaxRate(percentage: taxRate) else {
        throw ValidationError("--tax-rate is 0 to 100 per cent with at most two decimals")
      }
      changes.taxRate = rate
    }
    changes.from = from?.date
    changes.until = until?.date
    return changes
  }
}
