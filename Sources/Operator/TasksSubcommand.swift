import Application
import ArgumentParser
import Domain
import FoundationEssentials
import PostgresAdapter

struct TasksSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tasks",
    abstract: "Shows the tasks of the queue, and retries, cancels, hastens, reorders, pauses or limits them.",
    subcommands: [
      List.self, Show.self, Stats.self, Retry.self, Cancel.self, RunNow.self, Priority.self, Types.self, Pause.self,
      Resume.self, Limit.self,
    ], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The newest tasks.")
    @OptionGroup var database: DatabaseOptions
    @Option(help: "How many are shown at most.") var limit = 50

    func run() async throws {
      guard (1...10_000).contains(limit) else { throw OperatorRefusal("a limit is from 1 to 10000") }
      let pool = try database.pool()
      defer { pool.close() }
      TasksSubcommand.show(try await PostgresTaskReader(database: pool).page(.everyone, after: nil, limit: limit))
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One task, with its failed attempts.")
    @OptionGroup var database: DatabaseOptions
    @Argument var id: TaskID

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      let reader = PostgresTaskReader(database: pool)
      guard let task = try await reader.task(id, .everyone) else { throw OperatorRefusal("there is no such task") }
      TasksSubcommand.show([task])
      TasksSubcommand.show(try await reader.failures(of: id))
    }
  }

  struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "How many tasks are in each state, and which types are paused or limited.")
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      let counts = try await PostgresTaskReader(database: pool).counts(.everyone)
      var table = TextTable([("state", .left), ("tasks", .right)])
      for state in TaskState.allCases { table.add([state.rawValue, String(counts[state] ?? 0)]) }
      for line in table.lines { print(line) }
      let types = try await PostgresTaskTypeAdministration(database: pool).types()
      TasksSubcommand.show(types.filter { $0.pause != nil || $0.limits != .unlimited })
    }
  }

  static func show(_ tasks: [TaskSummary]) {
    var table = TextTable([
      ("task", .left), ("type", .left), ("state", .left), ("attempts", .right), ("error", .left), ("created", .left),
    ])
    for task in tasks {
      table.add([
        task.id.description, task.type, task.state.rawValue, String(task.attempts), task.errorCode ?? "-",
        MomentArgument.text(task.createdAt),
      ])
    }
    for line in table.lines { print(line) }
  }
}

extension TasksSubcommand {
  static func show(_ failures: [TaskFailure]) {
    guard !failures.isEmpty else { return }
    var table = TextTable([
      ("failed", .left), ("attempt", .right), ("error", .left), ("took", .right), ("worker", .left),
    ])
    for failure in failures {
      table.add([
        MomentArgument.text(failure.failedAt), String(failure.attempt), failure.code,
        failure.duration.map { "\($0.wholeMilliseconds) ms" } ?? "-", failure.worker ?? "-",
      ])
    }
    print()
    for line in table.lines { print(line) }
  }
}

extension TaskID: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension TaskState: ExpressibleByArgument {}
