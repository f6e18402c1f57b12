import Domain

/// The payload of a task that tells an owner of a change of the account. It is all that the mail needs.
public protocol AccountNotice: TaskPayload {
  static var type: TaskType { get }
  /// Whether the mail is of interest only now. If not, it waits until the address is proven.
  static var isNews: Bool { get }
  /// Different for each change, so that each is told once.
  var customID: String { get }
  func content(publicURL: String) -> MailContent
}

extension AccountNotice {
  public static var isNews: Bool { true }
}

extension GoogleLinkedMailPayload: AccountNotice {
  public static var type: TaskType { .googleLinkedMail }
  public static var isNews: Bool { false }
  public var customID: String { "google-linked-\(linkID)" }
  public func content(publicURL: String) -> MailContent { .googleLinked(link: "\(publicURL)/") }
}

extension PasskeyChangedMailPayload: AccountNotice {
  public static var type: TaskType { .passkeyChangedMail }
  public static var isNews: Bool { false }
  public var customID: String { "passkey-\(change.rawValue)-\(passkeyID)" }
  public func content(publicURL: String) -> MailContent { .passkeyChanged(change, link: "\(publicURL)/") }
}

extension NewDeviceMailPayload: AccountNotice {
  public static var type: TaskType { .newDeviceMail }
  public var customID: String { "new-device-\(deviceID)" }
  public func content(publicURL: String) -> MailContent { .newDevice(self, link: "\(publicURL)/#forgot") }
}

extension PasswordChangedMailPayload: AccountNotice {
  public static var type: TaskType { .passwordChangedMail }
  public var customID: String { "password-changed-\(changeID)" }
  public func content(publicURL: String) -> MailContent { .passwordChanged(link: "\(publicURL)/#forgot") }
}

extension SecondFactorMailPayload: AccountNotice {
  public static var type: TaskType { .secondFactorMail }
  public var customID: String { "second-factor-\(changeID)" }
  public func content(publicURL: String) -> MailContent {
    .secondFactorChanged(isAdded: isAdded, link: "\(publicURL)/#forgot")
  }
}

extension WaysInRemovedMailPayload: AccountNotice {
  public static var type: TaskType { .waysInRemovedMail }
  public var customID: String { "ways-in-removed-\(changeID)" }
  public func content(publicURL: String) -> MailContent { .waysInRemoved(self, link: "\(publicURL)/") }
}
