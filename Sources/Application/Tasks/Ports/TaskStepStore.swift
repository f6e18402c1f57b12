import Domain

/// The results of a task's steps, so that another attempt goes on where one has stopped. They end with the task's
/// success, and at the latest with its row.
public protocol TaskStepStore: Sendable {
  /// The results by the names of the steps, each as JSON.
  func steps(of task: TaskID) async throws -> [String: String]
  /// Keeps a result in place of an earlier one of the same name.
  /// - Parameter result: JSON. What says something about a person's health is sealed.
  /// - Returns: false if nothing was kept: the claim has ended, or the result or the number of steps is too large.
  func keep(_ result: String, as step: String, of claim: TaskClaim) async throws -> Bool
}

/// The limits of what a task keeps.
public enum TaskSteps {
  /// The longest result, in bytes of UTF-8.
  public static let longestResult = 64 << 10
  public static let most = 16
}
