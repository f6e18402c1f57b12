/// What of an amount, tax included, is the taxable value, and what is tax of which government. In the seller's own state
/// the tax is central and state (or union territory) tax in equal halves (CGST Act 2017, s. 9; UTGST Act 2017, s. 7),
/// elsewhere integrated tax (IGST Act 2017, s. 5, 7 and 8).
///
/// All is whole paise and adds up to the amount. Each line is the exact tax rounded to the nearest paisa, a half one
/// upwards (as CGST Act s. 170 has it for rupees), so none is more than half a paisa off; two equal halves leave the
/// taxable value at most one paisa off.
public struct TaxLines: Hashable, Sendable {
  public enum Kind: String, Sendable, Codable {
    case central = "CGST"
    case state = "SGST"
    case unionTerritory = "UTGST"
    case integrated = "IGST"
  }

  public struct Line: Hashable, Sendable, Codable {
    public let kind: Kind
    /// Thousandths of a per cent: half of a rate in hundredths is whole in them.
    public let rate: Int
    public let amount: Paise

    public init(kind: Kind, rate: Int, amount: Paise) {
      self.kind = kind
      self.rate = rate
      self.amount = amount
    }
  }

  public let taxable: Paise
  /// Central before state tax; empty where the rate is nought.
  public let lines: [Line]

  public var tax: Paise { lines.reduce(.zero) { $0 + $1.amount } }

  /// - Parameter buyer: where it is on record; the place of supply is the seller's state where it is not (IGST Act
  ///   2017, s. 12(2)(b)).
  public init(of amount: Paise, rate: TaxRate, seller: GSTState, buyer: GSTState?) {
    let kinds = Self.kinds(seller, buyer ?? seller)
    let share = Self.tax(in: max(amount, .zero), rate, parts: kinds.count)
    self.init(of: amount, kinds, rate, share)
  }

  /// The lines of what goes back of an amount: what was tax in all that has gone back by now, less what was in the part
  /// before. So the credit notes of an order that goes back whole take exactly the tax of its receipt, in however many
  /// parts; a line of one part alone may be a paisa off.
  /// - Parameter earlier: what went back before.
  public init(returning amount: Paise, after earlier: Paise, rate: TaxRate, seller: GSTState, buyer: GSTState?) {
    let before = TaxLines(of: earlier, rate: rate, seller: seller, buyer: buyer)
    let after = TaxLines(of: earlier + amount, rate: rate, seller: seller, buyer: buyer)
    taxable = after.taxable - before.taxable
    lines = zip(after.lines, before.lines).map { Line(kind: $0.kind, rate: $0.rate, amount: $0.amount - $1.amount) }
  }

  private init(of amount: Paise, _ kinds: [Kind], _ rate: TaxRate, _ share: Paise) {
    lines =
      rate.basisPoints == 0
      ? [] : kinds.map { Line(kind: $0, rate: rate.basisPoints * 10 / kinds.count, amount: share) }
    taxable = lines.reduce(amount) { $0 - $1.amount }
  }

  private static func kinds(_ seller: GSTState, _ place: GSTState) -> [Kind] {
    guard seller == place else { return [.integrated] }
    return [.central, seller.leviesUTGST ? .unionTerritory : .state]
  }

  /// One of `parts` equal parts of the tax: amount · rate / (parts · (1 + rate)), to the nearest paisa.
  private static func tax(in amount: Paise, _ rate: TaxRate, parts: Int) -> Paise {
    let whole = Int128(parts) * Int128(10_000 + rate.basisPoints)
    return Paise(Int64((2 * Int128(amount.count) * Int128(rate.basisPoints) + whole) / (2 * whole)))
  }
}
