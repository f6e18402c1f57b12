/// The types of event that this build knows.
public enum EventTypes {
  public static let known: Set<String> = [
    UserRegistered.type, UserDeleted.type, UserDisabled.type, GoogleLinked.type, EmailVerificationRequested.type,
    EmailVerified.type, MailedAccountLinkRequested.type, NewDeviceSignedIn.type, PasskeyChanged.type,
    PasswordChanged.type, SecondFactorChanged.type, WaysInRemoved.type, WalletChanged.type, PaymentCaptured.type,
    PaymentRefunded.type, PaymentReturned.type, PaymentFailed.type, DebitNoteIssued.type, TalkEnded.type,
    TalkSettled.type, ConversationReported.type, TalkTimeLow.type, TalkTimeNoLongerLow.type, CarePlanFinished.type,
    TaskFailed.type,
  ]
}
