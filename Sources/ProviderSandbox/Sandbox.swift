import Hummingbird
import Logging
import ServiceLifecycle

/// The five providers on two ports of this machine.
struct Sandbox: Sendable {
  let settings: Settings

  /// - Parameter endsBySignals: whether the process ends with the sandbox.
  func run(endsBySignals: Bool = true) async throws {
    let (log, faults, journal) = (RequestLog(), FaultBoard(), WebhookJournal())
    let queue = WebhookQueue(journal: journal)
    let (conversations, agents) = (
      Conversations(
        signedURLSeconds: settings.signedURLSeconds,
        webhook: ElevenLabsWebhooks(
          queue: queue, address: settings.elevenWebhookURL, secret: settings.elevenWebhookSecret)),
      Agents(ids: settings.agentIDs)
    )
    let router = try await router(log, faults, queue, conversations, agents)
    let socket = ConversationSocket(conversations: conversations, agents: agents, settings: settings)
    try await serve(router, queue, socket, endsBySignals: endsBySignals)
  }

  /// The routes of all providers, and their controls.
  func router(
    _ log: RequestLog, _ faults: FaultBoard, _ queue: WebhookQueue, _ conversations: Conversations, _ agents: Agents
  ) async throws -> Router<SandboxContext> {
    let router = Router(context: SandboxContext.self)
    router.get("/") { _, _ in Response.html("<!doctype html><title>Sandbox</title><a href=\"/mailjet/inbox\">Inbox</a>")
    }
    let control = router.group("control")
    ControlRoutes(faults: faults, log: log, journal: queue.journal).add(to: control)
    func api(_ provider: Provider) -> RouterGroup<SandboxContext> {
      router.group("\(provider.rawValue)").add(middleware: ImitatedAPI(provider: provider, log: log, faults: faults))
    }
    addRazorpay(api(.razorpay), control.group("razorpay"), queue)
    let webhooks = ElevenLabsWebhooks(
      queue: queue, address: settings.elevenWebhookURL, secret: settings.elevenWebhookSecret)
    let eleven = ElevenLabsRoutes(
      conversations: conversations, agents: agents, webhooks: webhooks, settings: settings)
    eleven.add(to: api(.elevenlabs))
    eleven.addControls(to: control.group("elevenlabs"))
    let google = try await GoogleRoutes(clientID: settings.googleClientID)
    google.add(to: api(.google))
    google.addControls(to: control.group("google"))
    let gemini = GeminiRoutes(apiKey: settings.geminiAPIKey)
    gemini.add(to: api(.gemini))
    gemini.addControls(to: control.group("gemini"))
    let mailjet = MailjetRoutes(outbox: MailjetOutbox(), settings: settings, queue: queue)
    mailjet.add(to: api(.mailjet))
    mailjet.addControls(to: control.group("mailjet"))
    return router
  }

  private func addRazorpay(
    _ api: RouterGroup<SandboxContext>, _ control: RouterGroup<SandboxContext>, _ queue: WebhookQueue
  ) {
    let store = RazorpayStore()
    let webhooks = RazorpayWebhooks(
      queue: queue, address: settings.razorpayWebhookURL, secret: settings.razorpayWebhookSecret)
    let v1 = api.group("v1")
    Checkout(store: store, webhooks: webhooks, keyID: settings.razorpayKeyID, keySecret: settings.razorpayKeySecret)
      .add(to: api)
    RazorpayRoutes(store: store, webhooks: webhooks).add(
      to: v1.group().add(
        middleware: RazorpayKeyCheck(keyID: settings.razorpayKeyID, secret: settings.razorpayKeySecret)))
    RazorpayControl(store: store, webhooks: webhooks, keySecret: settings.razorpayKeySecret).add(to: control)
  }

  private func serve(
    _ router: Router<SandboxContext>, _ queue: WebhookQueue, _ socket: ConversationSocket, endsBySignals: Bool
  ) async throws {
    var logger = Logger(label: "sandbox")
    logger.logLevel = Logger.Level(rawValue: settings.logLevel) ?? .info
    let application = Application(
      router: router, configuration: .init(address: .hostname(settings.host, port: settings.port)), logger: logger)
    try await ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [.init(service: queue), .init(service: socket), .init(service: application)],
        gracefulShutdownSignals: endsBySignals ? [.sigterm, .sigint] : [],
        logger: logger)
    ).run()
  }
}
