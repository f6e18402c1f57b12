import Application
import ArgumentParser
import Domain
import PostgresAdapter

extension TasksSubcommand {
  struct Types: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The types of tasks, with their pauses, limits and unfinished tasks.")
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      TasksSubcommand.show(try await PostgresTaskTypeAdministration(database: pool).types())
    }
  }

  /// What every action on a type is given.
  struct TaskTypeOptions: ParsableArguments {
    @OptionGroup var database: DatabaseOptions
    @Argument(help: "Such as care_plan; `talktime tasks types` has all.") var type: String
    @Option(help: "Why; it is kept.") var reason: String
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lets no task of a type begin any more. What runs goes on.")
    @OptionGroup var options: TaskTypeOptions

    func run() async throws { try await TasksSubcommand.steer(.pause, options) }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lets the tasks of a paused type begin again.")
    @OptionGroup var options: TaskTypeOptions

    func run() async throws { try await TasksSubcommand.steer(.resume, options) }
  }

  struct Limit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Limits how many tasks of a type run at once, and how many begin in a minute, over all workers.",
      discussion: "Both limits are replaced: one that is not given is none.")
    @OptionGroup var options: TaskTypeOptions
    @Option(help: "How many run at once, from 1 to 1000.") var running: Int?
    @Option(help: "How many begin in a minute, from 1 to 60000.") var perMinute: Int?

    func run() async throws {
      guard let limits = TaskTypeLimits(mostRunning: running, mostPerMinute: perMinute) else {
        let (running, perMinute) = (TaskTypeLimits.mostRunningRange, TaskRate.perMinuteRange)
        throw OperatorRefusal(
          "from \(running.lowerBound) to \(running.upperBound) tasks run at once, and from "
            + "\(perMinute.lowerBound) to \(perMinute.upperBound) begin in a minute")
      }
      try await TasksSubcommand.steer(.limit(limits), options)
    }
  }

  private static func steer(_ wish: SteerTaskTypes.Wish, _ options: TaskTypeOptions) async throws {
    let pool = try options.database.pool()
    defer { pool.close() }
    let steer = SteerTaskTypes(types: PostgresTaskTypeAdministration(database: pool))
    do throws(TaskError) {
      show([try await steer(wish, options.type, reason: options.reason, actor: ShellUser.actor)])
    } catch {
      switch error {
      case .notFound: throw OperatorRefusal("there is no such type of task")
      case .stateForbids: throw OperatorRefusal("this type carries out actions on tasks and cannot be paused")
      default: throw OperatorRefusal(sentence(error))
      }
    }
  }

  static func show(_ types: [TaskTypeReport]) {
    guard !types.isEmpty else { return }
    var table = TextTable([
      ("type", .left), ("pending", .right), ("running", .right), ("at once", .right), ("a minute", .right),
      ("paused", .left),
    ])
    for type in types {
      let pause = type.pause.map { "\(MomentArgument.text($0.since)) by \($0.actor): \($0.reason)" }
      table.add([
        type.type.rawValue, number(type.pending), number(type.running), number(type.limits.mostRunning),
        number(type.limits.rate?.perMinute), pause ?? "-",
      ])
    }
    for line in table.lines { print(line) }
  }

  private static func number(_ limit: Int?) -> String { limit.map(String.init) ?? "-" }
}
