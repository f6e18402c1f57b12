import Application
import CryptoAdapter
import DocumentsAdapter
import Domain
import ElevenLabsAdapter
import GeminiAdapter
import HTTPServing
import MailjetAdapter
import PostgresAdapter
import RedisAdapter
import Runtime

await runService {
  let settings = try TaskSettings()
  let host = try ServiceHost(name: "task", settings: settings.common, needs: [.postgres])
  let verifier = host.tokenVerifier(copy: RedisKeySetCache(redis: host.redis))
  let outbox = PostgresOutbox(source: "task")
  let plans = PostgresCarePlanRepository(pool: host.postgres, outbox: outbox)
  let mails = PostgresMailLog(database: host.postgres)
  let queue = PostgresTaskQueue(database: host.postgres)
  let administration = PostgresTaskAdministration(database: host.postgres)
  let deliver = DeliverMail(
    recipients: mails, log: mails,
    mailer: MailjetMailer(
      http: host.provider("mailjet"), baseURL: settings.mailjetURL, apiKey: settings.mailjetKey,
      apiSecret: settings.mailjetSecret,
      from: settings.mailFrom, name: settings.mailFromName), composer: try MailTemplates())
  let publicURL = settings.common.publicURL
  let documents = PostgresDocumentRepository(database: host.postgres)
  let mailDocument = MailDocument(pages: try DocumentPages(), deliver: deliver, publicURL: publicURL)
  let performers: [any TaskHandler] = [
    MakeCarePlan(
      conversations: ElevenLabsAgent(
        http: host.provider("elevenlabs"), baseURL: settings.elevenURL, apiKey: settings.elevenKey),
      writer: GeminiCarePlanWriter(
        http: host.provider("gemini"), baseURL: settings.geminiURL, model: settings.geminiModel,
        apiKey: settings.geminiKey),
      plans: plans),
    SendCarePlanMail(plans: plans, deliver: deliver, publicURL: publicURL),
    SendVerificationMail(
      verifications: PostgresVerificationReader(database: host.postgres),
      links: MailedLinks(keys: DerivedKeys(secret: settings.secretKey)), deliver: deliver, publicURL: publicURL),
    SendReceiptMail(documents: documents, mail: mailDocument),
    SendCreditNoteMail(documents: documents, mail: mailDocument),
    SendDebitNoteMail(documents: documents, mail: mailDocument),
    SendPaymentReturnMail(deliver: deliver),
  ]
  let schedule = RetrySchedule()
  let listener = host.listener
  let worker = TaskWorker(
    name: "task-\(host.settings.port)-\(UInt32.random(in: 0 ... .max))", queue: queue,
    runTask: RunTask(performers: performers, queue: queue, schedule: schedule, random: SystemRandom()),
    wakeups: {
      AsyncStream { continuation in
        let forwarding = Task {
          for await _ in listener.listen(to: ["tasks"]) { continuation.yield() }
          continuation.finish()
        }
        continuation.onTermination = { _ in forwarding.cancel() }
      }
    }, concurrency: settings.concurrency, maximumAttempts: schedule.maximumAttempts, logger: host.logger)
  let authenticator = Authenticator(tokens: verifier, revocations: RedisRevocationStore(redis: host.redis))
  let readTasks = ReadTasks(tasks: administration)
  let routes = TaskRoutes(
    read: readTasks, steer: SteerTask(read: readTasks, tasks: administration), readPlan: ReadCarePlan(plans: plans),
    health: JointHealth(services: settings.services, http: host.ownServices("health", requests: 16)),
    authenticator: authenticator)
  let router = Serving.router()
  routes.add(to: router)
  let streams = RedisStreamAdministration(redis: host.redis)
  StreamRoutes(
    streams: streams, replay: ReplayDeadLetter(streams: streams, log: PostgresReplayLog(database: host.postgres)),
    authenticator: authenticator
  ).add(to: router)
  let consumers = TaskConsumers(
    host: host,
    enqueue: EnqueueTasks(queue: PostgresTaskIntake(pool: host.postgres, inbox: PostgresInbox(consumer: "task"))))
  let relay = OutboxRelay(
    source: "task", pool: host.postgres, bus: RedisEventBus(redis: host.redis), logger: host.logger)
  let retention = PostgresRetention(service: "task", database: host.postgres, logger: host.logger)
  let trimmer = StreamTrimmer(redis: host.redis, interval: host.settings.retentionInterval, logger: host.logger)
  try await host.run(
    router, prefix: "/tasks", verifier: verifier, problems: .tasks,
    background: [
      host.worker("outbox relay", every: .milliseconds(500), wokenBy: { relay.commits }) { try await relay.runOnce() },
      host.worker("retention", every: host.settings.retentionInterval) { await retention.runOnce() },
      host.worker("stream trimmer", every: host.settings.retentionInterval) { try await trimmer.runOnce() },
      worker,
    ] + consumers.all, gauges: StreamGauges.all(streams), answersForAll: true)
}
