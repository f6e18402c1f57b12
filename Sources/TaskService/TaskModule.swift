import Application
import HTTPServing
import Hummingbird

/// The use cases of operators and owners for tasks, and the routes.
struct TaskModule: Sendable {
  let ports: TaskPorts
  let settings: TaskSettings

  init(_ settings: TaskSettings, _ ports: TaskPorts) {
    self.ports = ports
    self.settings = settings
  }

  var api: ServiceAPI {
    let router = Serving.router()
    tasks.add(to: router)
    types.add(to: router)
    streams.add(to: router)
    mailEvents.add(to: router)
    return ServiceAPI(router, prefix: "/tasks", problems: .tasks, answersForAll: true)
  }

  private var tasks: TaskRoutes {
    let read = ReadTasks(tasks: ports.tasks)
    return TaskRoutes(
      read: read, steer: RetryOrCancelTask(read: read, tasks: ports.administration),
      act: ActOnTasks(actions: ports.actions), readPlan: ReadCarePlan(plans: ports.plans),
      deletePlan: DeleteCarePlan(plans: ports.plans, eraser: ports.planEraser),
      health: AggregateHealth(services: settings.services, http: ports.health),
      authenticator: ports.serving.authenticator)
  }

  private var types: TaskTypeRoutes {
    TaskTypeRoutes(steer: SteerTaskTypes(types: ports.types), authenticator: ports.serving.authenticator)
  }

  private var mailEvents: MailjetWebhookRoute {
    MailjetWebhookRoute(
      secrets: settings.mailjetWebhookSecrets, record: RecordMailEvents(addresses: ports.undeliverable),
      logger: ports.logger)
  }

  private var streams: EventBusRoutes {
    EventBusRoutes(
      streams: ports.streams, replay: ReplayDeadLetter(streams: ports.streams, log: ports.replays),
      trace: TraceEvent(records: ports.traces, streams: ports.streams),
      replayEvents: ReplayEvents(events: ports.published, bus: ports.bus, log: ports.replays),
      authenticator: ports.serving.authenticator)
  }
}
