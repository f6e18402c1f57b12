import Application
import ArgumentParser
import Domain
import PostgresAdapter

extension TasksSubcommand {
  /// Which tasks, as conditions that all apply.
  struct TaskConditions: ParsableArguments {
    @Option(help: "Such as care_plan.") var type: String?
    @Option(help: "pending, failed, cancelled or parked.") var state: TaskState?
    @Option(help: "The error code that the tasks have.") var error: String?
    @Option(help: "Created at this moment or later.") var after: MomentArgument?
    @Option(help: "Created before this moment.") var before: MomentArgument?

    func validate() throws {
      guard type != "", error != "" else { throw ValidationError("a condition is not empty") }
    }

    var filter: TaskFilter {
      TaskFilter(
        type: type, state: state, errorCode: error, createdAfter: after?.date, createdBefore: before?.date)
    }
  }

  /// What every action on many tasks is given.
  struct TaskActionOptions: ParsableArguments {
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var conditions: TaskConditions
    @Option(help: "Why; it is kept. Without it, the tasks are only shown.") var reason: String?
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lets tasks that failed, were cancelled or parked begin anew.", discussion: howMany)
    @OptionGroup var options: TaskActionOptions

    func run() async throws { try await TasksSubcommand.act(.retry, options) }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cancels tasks that have not ended.", discussion: howMany)
    @OptionGroup var options: TaskActionOptions

    func run() async throws { try await TasksSubcommand.act(.cancel, options) }
  }

  struct RunNow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run-now", abstract: "Makes tasks that wait due at once.", discussion: howMany)
    @OptionGroup var options: TaskActionOptions

    func run() async throws { try await TasksSubcommand.act(.runNow, options) }
  }

  struct Priority: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Gives tasks that have not begun a priority; a higher one comes first.", discussion: howMany)
    @OptionGroup var options: TaskActionOptions
    @Argument(help: "From -100 to 100; mails about an account have 10, plans and receipts 0.") var priority: Int

    func run() async throws {
      guard TaskAction.priorities.contains(priority) else { throw OperatorRefusal("a priority is from -100 to 100") }
      try await TasksSubcommand.act(.priority(priority), options)
    }
  }

  private static let howMany =
    "The conditions choose the tasks. The task service carries the action out; see its task with `talktime tasks show`."

  private static func act(_ action: TaskAction, _ options: TaskActionOptions) async throws {
    let (pool, filter) = (try options.database.pool(), options.conditions.filter)
    defer { pool.close() }
    let act = ActOnTasks(actions: PostgresTaskActionRepository(database: pool))
    do throws(TaskError) {
      guard let reason = options.reason else {
        let preview = try await act.preview(action, on: filter)
        show(preview.sample)
        print("\(number(preview.count)) tasks; with --reason they are changed")
        return
      }
      let started = try await act(action, on: filter, reason: reason, actor: ShellUser.actor)
      print("\(number(started.count)) tasks, by the task \(started.id)")
    } catch {
      throw OperatorRefusal(sentence(error))
    }
  }

  private static func number(_ count: TaskCount) -> String {
    count.isLeast ? "at least \(count.number)" : "\(count.number)"
  }

  static func sentence(_ error: TaskError) -> String {
    switch error {
    case .unavailable: "the database did not answer; look again before you repeat it"
    case .notFound: "there is no such task"
    case .stateForbids: "the state of the task forbids it"
    case .invalidReason: "a reason has 1 to \(Reason.longest) characters and no control characters"
    case .emptyFilter: "name at least one condition, such as --state failed"
    case .noTime, .noListTime:
      "the moment of --before is no later than that of --after, so that there is no task between them"
    case .unknownType: "there is no such type of task, and no task of it for this action; see `talktime tasks types`"
    case .unknownListType: "there is no such type of task, and no task of it; see `talktime tasks types`"
    }
  }
}
