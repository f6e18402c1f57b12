/// When an erasure that has failed begins anew without an operator: what a person has a right to does not hang on
/// somebody who reads alarms.
public enum FailedErasure {
  /// How long after its failure.
  public static let pause = Duration.seconds(3_600)
  /// How long after ElevenLabs has refused to erase the conversation itself, which hardly changes.
  public static let pauseOfRefused = Duration.seconds(7 * 86_400)
  /// The code of such a failure.
  public static let refused = "conversation_erasure_refused"
  /// The failures that no repeat can help. A deletion lets an `account_not_deleted` begin anew.
  public static let hopeless = [malformed, notDeleted]

  static let malformed = "malformed_payload"
  static let notDeleted = "account_not_deleted"
}
