import ArgumentParser
import Domain
import PostgresAdapter

struct UsersSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "users", abstract: "Accounts: who may sign in, which are one, and lost second factors.",
    subcommands: [Disable.self, Enable.self, Problems.self, Merge.self, RemoveSecondFactor.self])

  struct Problems: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists who cannot sign in until merged, and what else the upgrade could not take over as it was.")
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      let problems = try await LegacyProblems.list(in: pool)
      for problem in problems { print(problem) }
      if problems.isEmpty { print("none") }
    }
  }

  struct Merge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes one account of two.",
      discussion: """
        Talk time, orders, tasks, talks, care plans and mails of FROM become INTO's. FROM is signed out everywhere and
        cannot sign in again; INTO keeps its own ways to sign in. Doing it twice does nothing the second time.
        """)
    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The account that goes: its id, or its address as it is written there.") var from: String
    @Argument(help: "The account that stays.") var into: String
    @Option(help: "Why; it is kept.") var reason: String

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      let merge = PostgresUserMerger(database: pool)
      let (gone, stays) = (try await merge.user(from), try await merge.user(into))
      let answer = try await merge.merge(gone, into: stays, reason: reason, actor: "talktime")
      guard answer.isNew else { return print("\(gone) was merged into \(stays) before") }
      let owed = answer.owed > .zero ? ", and \(answer.owed) owed" : ""
      print("merged \(gone) into \(stays): \(answer.moved) of talk time\(owed)")
    }
  }
}
