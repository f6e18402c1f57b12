import Application
import Domain
import FoundationEssentials
import PostgresDriver

extension PostgresOrderRepository: BuyerProfileReader {
  public func buyer(of user: UserID) async throws(BillingError) -> BuyerProfile? {
    try await billing { try await profile(of: user, database) }
  }

  func profile(of user: UserID, _ session: some PostgresStatementRunner) async throws -> BuyerProfile? {
    try await session.query("SELECT state, gstin, name, address FROM buyers WHERE user_id = \(user.uuid)").rows.first
      .map { row in
        let (state, gstin) = (try row.get("state", as: String?.self), try row.get("gstin", as: String?.self))
        let (name, address) = (try row.get("name", as: String?.self), try row.get("address", as: String?.self))
        // A stored detail that a later rule refuses counts as missing: it must not prevent an order.
        return BuyerProfile(
          buyer: (try? BuyerTaxDetails.read(state: state, gstin: gstin)) ?? .unknown,
          billTo: (try? DocumentBillTo.read(name: name, address: address)) ?? .unknown)
      }
  }

  /// Stores the buyer's details under the lock of the user's orders. The last write stands.
  func keep(_ request: OrderRequest, _ transaction: PostgresTransaction) async throws {
    let (buyer, billTo) = (request.profile.buyer, request.profile.billTo)
    try await transaction.query(
      """
      INSERT INTO buyers (user_id, state, gstin, name, address)
      VALUES (\(request.user.uuid), \(buyer.state?.code), \(buyer.gstin?.text), \(billTo.name), \(billTo.address))
      ON CONFLICT (user_id) DO UPDATE SET state = excluded.state, gstin = excluded.gstin, name = excluded.name,
        address = excluded.address, updated_at = clock_timestamp()
      """)
  }
}
