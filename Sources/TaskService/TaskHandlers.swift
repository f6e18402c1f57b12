import Application
import CryptoAdapter
import DocumentsAdapter
import ElevenLabsAdapter
import GeminiAdapter
import MailTemplatesAdapter
import MailjetAdapter
import PostgresAdapter
import Runtime

/// The handler of each type of task.
struct TaskHandlers {
  private let host: ServiceHost
  private let settings: TaskSettings
  private let plans: PostgresCarePlanRepository
  private let deliver: DeliverMail
  private let documents: PostgresDocumentRepository
  private let mailDocument: MailDocument
  private let conversations: ElevenLabsConversations

  init(_ host: ServiceHost, _ settings: TaskSettings) throws {
    self.host = host
    self.settings = settings
    plans = PostgresCarePlanRepository(
      pool: host.postgres, outbox: PostgresOutbox(source: host.name),
      sealer: settings.sealsCarePlans ? settings.carePlanSealer : nil)
    documents = PostgresDocumentRepository(database: host.postgres)
    conversations = ElevenLabsConversations(
      http: host.provider("elevenlabs"), baseURL: settings.elevenURL, apiKey: settings.elevenKey)
    deliver = DeliverMail(
      recipients: PostgresRecipientDirectory(database: host.postgres),
      undeliverable: PostgresUndeliverableAddressRepository(database: host.postgres),
      log: PostgresSentMailLog(database: host.postgres),
      mailer: MailjetMailer(
        http: host.provider("mailjet"), baseURL: settings.mailjetURL, apiKey: settings.mailjetKey,
        apiSecret: settings.mailjetSecret, from: settings.mailFrom, name: settings.mailFromName),
      composer: try MustacheMailComposer())
    mailDocument = MailDocument(
      pages: try MustacheDocumentRenderer(), deliver: deliver, publicURL: settings.common.publicURL,
      steps: PostgresTaskStepStore(database: host.postgres))
  }

  var all: [any TaskHandler] {
    let publicURL = settings.common.publicURL
    return accountMails + accountNotices + erasures + [
      RunTaskAction(
        actions: PostgresTaskActionRepository(database: host.postgres),
        steps: PostgresTaskStepStore(database: host.postgres)),
      makeCarePlan,
      RewrapCarePlanKeys(
        keys: PostgresCarePlanKeyRewrapper(database: host.postgres, sealer: settings.carePlanSealer)),
      SendCarePlanMail(
        plans: PostgresCarePlanReader(database: host.postgres, sealer: settings.carePlanSealer),
        choices: PostgresCarePlanMailChoiceReader(database: host.postgres), deliver: deliver, publicURL: publicURL,
        policy: settings.carePlanMail),
      SendReceiptMail(documents: documents, mail: mailDocument),
      SendCreditNoteMail(documents: documents, mail: mailDocument),
      SendDebitNoteMail(documents: documents, mail: mailDocument),
      SendPaymentReturnMail(deliver: deliver),
      SendLowBalanceMail(
        balances: PostgresBalanceReader(database: host.postgres), deliver: deliver, publicURL: publicURL),
      SendBalanceRecoveredMail(
        balances: PostgresBalanceReader(database: host.postgres), log: PostgresSentMailLog(database: host.postgres),
        deliver: deliver, publicURL: publicURL),
    ]
  }

  private var accountMails: [any TaskHandler] {
    let publicURL = settings.common.publicURL
    let secrets = HMACMailedLinkSecrets(keys: DerivedKeys(secret: settings.secretKey))
    let links = PostgresMailedLinkReader(database: host.postgres)
    let renewer = PostgresMailedLinkRenewer(database: host.postgres)
    let verification = SendVerificationMail(
      links: links, renewer: renewer, secrets: secrets, deliver: deliver, publicURL: publicURL)
    return [verification]
      + [.resetPassword, .changeEmail, .undoEmailChange, .reauthenticate].map { purpose in
        SendAccountLinkMail(
          purpose, links: links, renewer: renewer, secrets: secrets, deliver: deliver, publicURL: publicURL)
      }
  }

  private var accountNotices: [any TaskHandler] {
    func mails<Notice: AccountNotice>(_: Notice.Type) -> any TaskHandler {
      SendAccountNotice<Notice>(deliver: deliver, publicURL: settings.common.publicURL)
    }
    return [
      mails(GoogleLinkedMailPayload.self), mails(NewDeviceMailPayload.self), mails(PasskeyChangedMailPayload.self),
      mails(PasswordChangedMailPayload.self), mails(SecondFactorMailPayload.self),
      mails(WaysInRemovedMailPayload.self),
    ]
  }

  private var erasures: [any TaskHandler] {
    [
      EraseAccountData(
        accounts: PostgresDeletedAccountReader(database: host.postgres),
        eraser: PostgresTaskServiceAccountEraser(database: host.postgres)),
      EraseConversation(conversations: conversations),
    ]
  }

  private var makeCarePlan: MakeCarePlan {
    MakeCarePlan(
      conversations: conversations,
      writer: GeminiCarePlanWriter(
        http: host.provider("gemini"), baseURL: settings.geminiURL, models: settings.geminiModels,
        apiKey: settings.geminiKey, prices: settings.geminiPrices),
      plans: plans, parts: PostgresCarePlanPartRepository(pool: host.postgres, sealer: settings.carePlanSealer))
  }
}
