/// For how long a unique key stands for one task, where it does not do so for as long as the task's row is there. Time
/// is cut into windows of this length, the first of which begins with 1970. Two requests in one window make one task;
/// two that are a moment apart make two tasks if a window ends between them.
public struct TaskUniqueWindow: Sendable, Equatable {
  /// From one to `longest`.
  public let seconds: Int64

  /// 30 days: a task's row, which holds its key, stays for so long after its end.
  public static let longest: Int64 = 30 * 86_400

  /// - Parameter length: whole seconds; anything below one second is one second, and anything above `longest` is that.
  public init(_ length: Duration) { seconds = min(max(length.components.seconds, 1), Self.longest) }

  /// The key of the row that a request for `key` makes at a moment.
  /// - Parameter moment: whole seconds since 1970, not negative
  public func key(_ key: String, at moment: Int64) -> String { "\(key)@\(moment - moment % seconds)+\(seconds)" }
}

extension TaskUniqueWindow {
  public static let hour = TaskUniqueWindow(.seconds(3_600))
  public static let day = TaskUniqueWindow(.seconds(86_400))
}
