import Domain

/// The result of the repair of a period.
public struct PaymentRepairReport: Sendable, Equatable {
  /// Differences that the first comparison found and the second did not.
  public let repaired: [PaymentDiscrepancy]
  /// Differences that the second comparison still found.
  public let standing: [PaymentDiscrepancy]

  public init(repaired: [PaymentDiscrepancy], standing: [PaymentDiscrepancy]) {
    self.repaired = repaired
    self.standing = standing
  }
}

/// Repairs our store for a period and compares it again. Only differences that are not found again count as repaired.
public struct RepairPayments: Sendable {
  private let compare: ComparePeriod
  private let repair: RepairDifferences

  public init(compare: ComparePeriod, repair: RepairDifferences) {
    self.compare = compare
    self.repair = repair
  }

  public func callAsFunction(_ period: ReconciliationPeriod) async throws(ComparePeriod.Failure) -> PaymentRepairReport
  {
    let found = try await compare(period)
    guard !found.differences.isEmpty else { return PaymentRepairReport(repaired: [], standing: []) }
    await repair(found)
    let standing = try await compare(period).differences
    let subjects = Set(standing.map(\.subject))
    return PaymentRepairReport(
      repaired: found.differences.filter { !subjects.contains($0.subject) }, standing: standing)
  }
}
