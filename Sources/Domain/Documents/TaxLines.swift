/// Splits an amount that includes tax into the taxable value and the tax of each government. In the seller's own state
/// the tax is central and state (or union territory) tax in equal halves (CGST Act 2017, s. 9; UTGST Act 2017, s. 7);
/// elsewhere it is integrated tax (IGST Act 2017, s. 5, 7 and 8).
///
/// All figures are whole paise and add up to the amount. Each line is the exact tax rounded to the nearest paisa, with
/// halves rounded up (as CGST Act s. 170 has it for rupees), so no line is off by more than half a paisa. With two
/// equal halves, the taxable value is off by at most one paisa.
public struct TaxLines: Hashable, Sendable {
  public enum Kind: String, Sendable, Codable {
    case central = "CGST"
    case state = "SGST"
    case unionTerritory = "UTGST"
    case integrated = "IGST"
  }

  public struct Line: Hashable, Sendable, Codable {
    public let kind: Kind
    /// In thousandths of a per cent, so that half of a rate given in hundredths is a whole number.
    public let rate: Int
    public let amount: Paise

    public init(kind: Kind, rate: Int, amount: Paise) {
      self.kind = kind
      self.rate = rate
      self.amount = amount
    }
  }

  public let taxable: Paise
  /// Central before state tax; empty if the rate is zero.
  public let lines: [Line]

  public var tax: Paise { lines.reduce(.zero) { $0 + $1.amount } }
  /// The whole amount, tax included.
  public var amount: Paise { taxable + tax }

  /// - Parameter buyer: the buyer's state, if it is on record; without one the tax is that of the seller's own state
  ///   (IGST Act 2017, s. 12(2)(b)(ii)).
  public init(of amount: Paise, rate: TaxRate, seller: GSTState, buyer: GSTState?) {
    let kinds = Self.kinds(seller, buyer ?? seller)
    let share = Self.tax(in: max(amount, .zero), rate, parts: kinds.count)
    self.init(of: amount, kinds, rate, share)
  }

  /// An amount that contains no tax: a seller who is not registered may collect none (CGST Act 2017, s. 32(1)).
  public init(untaxed amount: Paise) { self.init(taxable: amount, lines: []) }

  /// The lines as a document states them.
  public init(taxable: Paise, lines: [Line]) {
    self.taxable = taxable
    self.lines = lines
  }

  /// The lines of a partial return of a receipt: the tax in everything that is credited including this amount, minus
  /// what the standing credit notes have taken. So the credit notes together never take more of a line than the receipt
  /// has. They take exactly that once everything has been returned, in any number of parts and whichever of them were
  /// reversed. A line of a single part may be off by some paise.
  /// - Parameters:
  ///   - rate: the receipt's rate.
  ///   - standing: the receipt's credit notes that were not reversed.
  public init(returning amount: Paise, of receipt: TaxLines, rate: TaxRate, standing: [TaxLines]) {
    let credited = standing.reduce(amount) { $0 + $1.amount }
    let isAll = credited >= receipt.amount
    lines = receipt.lines.enumerated().map { index, line in
      let due = isAll ? line.amount : min(line.amount, Self.tax(in: credited, rate, parts: receipt.lines.count))
      let taken = standing.reduce(Paise.zero) {
        $0 + ($1.lines.indices.contains(index) ? $1.lines[index].amount : .zero)
      }
      return Line(kind: line.kind, rate: line.rate, amount: max(due - taken, .zero))
    }
    taxable = lines.reduce(amount) { $0 - $1.amount }
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
