/// Why a task is parked: the codes that an operator sees.
public enum TaskParking {
  /// No worker here knows the type.
  public static let unknownType = "unknown_type"
  /// The worker does not read this version of the payload.
  public static let unknownVersion = "unknown_version"
}
