/// What the services of a release ask of the task service, as a number that grows.
public enum TaskVocabulary {
  /// To be raised with each kind of event, or of what an event asks for, that a task service from before cannot read. A
  /// test has the list of these.
  public static let level = 2
}
