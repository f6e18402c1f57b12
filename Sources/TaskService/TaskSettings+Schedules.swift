import Application
import Domain

extension TaskSettings {
  /// The tasks that come again and again.
  var periodicTasks: [PeriodicTask] {
    // An instance with the old secret may still add keys, so they are looked at each hour.
    let keys = previousSecretKey == nil ? nil : CronExpression("17 * * * *").map { PeriodicTask(.carePlanKeys, $0) }
    return [keys].compactMap(\.self)
  }
}
