import Domain

/// The result of the repair of a period.
public struct RepairReport: Sendable, Equatable {
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
public struct RepairPeriod: Sendable {
  private let compare: ReconcilePeriod
  private let repair: RepairRecords

  public init(compare: ReconcilePeriod, repair: RepairRecords) {
    self.compare = compare
    self.repair = repair
  }

  public func callAsFunction(_ period: ReconciliationPeriod) async throws(ReconcilePeriod.Failure) -> RepairReport {
    let found = try await compare(period)
    guard !found.differences.isEmpty else { return RepairReport(repaired: [], standing: []) }
    await repair(found)
    let standing = try await compare(period).differences
    let subjects = Set(standing.map(\.subject))
    return RepairReport(repaired: found.differences.filter { !subjects.contains($0.subject) }, standing: standing)
  }
}
