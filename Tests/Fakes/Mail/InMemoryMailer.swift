import Application
import Domain
import Synchronization

/// A mail provider in memory. It accepts a mail under one custom id as often as it is sent, as the real one does. It
/// can also refuse a mail, or accept a mail whose answer is lost.
public final class InMemoryMailer: MailSender {
  public enum Fault: Sendable {
    case none
    case fails(MailError)
    /// The mail is accepted and its answer is lost.
    case losesAnswer
    /// Accepted mails are not listed.
    case listsNothing
    /// Accepted mails are not listed, and sending fails.
    case sendsNothing(MailError)
  }

  private struct State {
    var accepted: [OutgoingMail] = []
    var questions: [String] = []
    var fault = Fault.none
  }

  private let state = Mutex(State())

  public init() {}

  public var accepted: [OutgoingMail] { state.withLock(\.accepted) }
  /// The ids of the requests about earlier mails.
  public var questions: [String] { state.withLock(\.questions) }
  /// Sets the fault of all later calls.
  public func fail(_ fault: Fault) { state.withLock { $0.fault = fault } }

  public func wasAccepted(_ customID: String) async throws(MailError) -> Bool {
    try state.withLock { state throws(MailError) in
      state.questions.append(customID)
      if case .fails(let error) = state.fault { throw error }
      switch state.fault {
      case .listsNothing, .sendsNothing: return false
      case .none, .losesAnswer, .fails: break
      }
      return state.accepted.contains { $0.customID == customID }
    }
  }

  public func send(_ mail: OutgoingMail) async throws(MailError) -> String? {
    try state.withLock { state throws(MailError) in
      switch state.fault {
      case .fails(let error), .sendsNothing(let error): throw error
      case .none, .losesAnswer, .listsNothing: break
      }
      state.accepted.append(mail)
      if case .losesAnswer = state.fault { throw .unconfirmed(code: "mail_timeout", isAnswered: false) }
      return "message-\(state.accepted.count)"
    }
  }
}

/// Writes a mail in the simplest form: its text is a description of the content.
public struct PlainMailComposer: MailComposer {
  public init() {}

  public func compose(_ content: MailContent, for recipient: Recipient, customID: String) throws -> OutgoingMail {
    let (subject, text) =
      switch content {
      case .verification(let link, let code): ("verification", "\(link) \(code.shown)")
      case .accountLink(let purpose, let link, let code):
        (purpose.rawValue, [link, code?.shown].compactMap(\.self).joined(separator: " "))
      case .passwordChanged(let link): ("password changed", link)
      case .document(let taxDocument, _, let link):
        (taxDocument.title, "\(taxDocument.number), \(taxDocument.amount.count), \(link)")
      case .carePlan(let plan, let link): (plan.title, link)
      case .carePlanReady(let isCrisis, let link): (isCrisis ? "plan ready, crisis" : "plan ready", link)
      case .googleLinked(let link): ("google linked", link)
      case .newDevice(let device, let link): ("new device \(device.deviceID)", link)
      case .secondFactorChanged(let isAdded, let link): (isAdded ? "factor added" : "factor removed", link)
      case .passkeyChanged(let change, let link): ("passkey \(change.rawValue)", link)
      case .lowBalance(let left, let link): ("low balance", "\(left.milliseconds) ms, \(link)")
      case .balanceRecovered(let left, let link): ("balance recovered", "\(left.milliseconds) ms, \(link)")
      case .waysInRemoved(let change, let link): ("removed \(change.cause.rawValue)", link)
      case .paymentReturned(let money, let payment): ("returned", "\(money.amount.count), \(payment)")
      }
    var attachments: [MailAttachment] = []
    if case .document(let taxDocument, let page, _) = content {
      attachments = [MailAttachment(name: taxDocument.fileName, mediaType: "text/html", content: page)]
    }
    return OutgoingMail(
      to: recipient.email, name: recipient.name, subject: subject, text: text, html: "<p>\(text)</p>",
      customID: customID, attachments: attachments)
  }
}

/// A page that contains only the identity of its document.
public struct PlainPages: DocumentRenderer {
  public init() {}

  public func page(_ document: TaxDocument) throws -> String { "<p>\(document.number)</p>" }
}
