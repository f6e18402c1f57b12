/// What became of a care plan, as the subscribers of its talk are told.
public enum CarePlanResult: String, Sendable, CaseIterable {
  /// In the order in which one replaces the other: an operator's retry can make a plan that has failed, and a plan that
  /// is ready stays.
  case failed, skipped, ready

  /// Whether subscribers are told a status after another one. Because only a better one is told, a report that comes
  /// twice or late changes nothing. The script follows the same rule.
  /// - Parameters:
  ///   - status: one that this release does not know is told if it is the first.
  ///   - told: the last one that was told; nil for none.
  public static func isNews(_ status: String, after told: String?) -> Bool {
    guard let told else { return true }
    return rank(of: status) > rank(of: told)
  }

  private static func rank(of status: String) -> Int {
    CarePlanResult(rawValue: status).flatMap { allCases.firstIndex(of: $0) } ?? -1
  }
}
