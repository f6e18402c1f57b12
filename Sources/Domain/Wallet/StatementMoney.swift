/// The money of a period in one currency.
public struct StatementMoney: Sendable, Equatable {
  public let currency: Currency
  /// The prices of the orders that were paid.
  public let paid: Paise
  /// What went back of such prices, less what the bank returned of it to the seller. Below zero if the bank returned
  /// more in the period than was refunded in it.
  public let refunded: Paise

  public init(currency: Currency, paid: Paise, refunded: Paise) {
    self.currency = currency
    self.paid = paid
    self.refunded = refunded
  }

  /// The sums by currency, in the order of the currencies' codes.
  /// - Parameters:
  ///   - paid: prices of orders.
  ///   - refunded: parts of prices that went back.
  ///   - returned: parts of prices that the bank returned to the seller.
  public static func sums(paid: [Money], refunded: [Money], returned: [Money]) -> [StatementMoney] {
    let (paid, refunded, returned) = (sum(paid), sum(refunded), sum(returned))
    let currencies = Set(paid.keys).union(refunded.keys).union(returned.keys)
    return currencies.sorted { $0.code < $1.code }.map { currency in
      StatementMoney(
        currency: currency, paid: paid[currency, default: .zero],
        refunded: refunded[currency, default: .zero] - returned[currency, default: .zero])
    }
  }

  private static func sum(_ amounts: [Money]) -> [Currency: Paise] {
    amounts.reduce(into: [:]) { sums, money in
      sums[money.currency] = sums[money.currency, default: .zero] + money.amount
    }
  }
}
