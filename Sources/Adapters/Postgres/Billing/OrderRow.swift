import Domain
import FoundationEssentials
import PostgresDriver

/// An order's row of `transactions`.
enum OrderRow {
  static let columns: PostgresColumnList = """
    id, user_id, pack_id, amount, currency, tax_rate_bp, buyer_state, buyer_gstin, talktime_ms, status,
    razorpay_order_id, created_at
    """

  /// - Throws: an error for missing columns and for values that no order can have.
  static func read(_ row: PostgresRow) throws -> Order {
    Order(
      id: OrderID(try row.get("id", as: UUID.self)), user: UserID(try row.get("user_id", as: UUID.self)),
      packID: try row.get("pack_id", as: String?.self) ?? "", talkTime: .milliseconds(try row.get("talktime_ms")),
      price: try readMoney(row), taxRate: TaxRate(basisPoints: try row.get("tax_rate_bp")) ?? .standard,
      buyer: try BuyerTaxDetails.read(
        state: try row.get("buyer_state", as: String?.self), gstin: try row.get("buyer_gstin", as: String?.self)),
      status: OrderStatus(rawValue: try row.get("status")) ?? .legacy,
      razorpayOrderID: try row.get("razorpay_order_id"), createdAt: try row.get("created_at"))
  }
}

/// An order from before the upgrade may lack its amount.
func readMoney(_ row: PostgresRow) throws -> Money {
  guard let currency = Currency(try row.get("currency", as: String.self)) else { throw LedgerError.corrupt }
  return Money(Paise(try row.get("amount", as: Int64?.self) ?? 0), currency)
}
