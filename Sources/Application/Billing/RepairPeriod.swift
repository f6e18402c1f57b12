import Domain

/// What became of the differences of a period.
public struct RepairReport: Sendable, Equatable {
  /// They were found at first, and not again after the repair.
  public let repaired: [PaymentDiscrepancy]
  /// They stand, as the second comparison has them.
  public let standing: [PaymentDiscrepancy]

  public init(repaired: [PaymentDiscrepancy], standing: [PaymentDiscrepancy]) {
    self.repaired = repaired
    self.standing = standing
  }
}

/// Repairs the books of a period, and compares them again: what is not found any more was repaired, and nothing else.
public struct RepairPeriod: Sendable {
  private let compare: ReconcilePeriod
  private let repair: RepairRecords

  public init(compare: ReconcilePeriod, repair: RepairRecords) {
    self.compare = compare
    self.repair = repair
  }

  public func callAsFunction(_ period: GatewayPeriod) async throws(ReconcilePeriod.Failure) -> RepairReport {
    let found = try await compare(period)
    guard !found.differences.isEmpty else { return RepairReport(repaired: [], standing: []) }
    await repair(found)
    let standing = try await compare(period).differences
    let subjects = Set(standing.map(\.subject))
    return RepairReport(repaired: found.differences.filter { !subjects.contains($0.subject) }, standing: standing)
  }
}
