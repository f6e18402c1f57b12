/// The numbers that a setting may have, where both a service and `talktime doctor` check it.
public enum SettingRange {
  public static let databaseConnections = 1...100
  public static let liveSessions = 1...1_000_000
  public static let openOrders = 1...1_000
  public static let taskConcurrency = 1...2_000
}
