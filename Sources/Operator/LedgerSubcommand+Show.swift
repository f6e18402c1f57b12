import ArgumentParser
import Domain
import FoundationEssentials
import PostgresAdapter

extension LedgerSubcommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints a user's entries, the oldest first, in milliseconds of talk.")
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var user: UserArgument
    @Option(help: "Only what was there at this moment, such as 2026-11-25T16:00:00Z.") var at: MomentArgument?
    @Option(help: "Only the newest so many.") var limit: Int?

    func validate() throws {
      if let limit, limit < 1 { throw ValidationError("--limit is 1 or more.") }
    }

    func run() async throws {
      let pool = try database.pool()
      let user = try await user.find(in: pool)
      let entries = try await PostgresLedgerEntryReader(database: pool).entries(of: user, until: at?.date, limit: limit)
      pool.close()
      guard let last = entries.last else { return print("no entries") }
      for line in Self.table(entries).lines { print(line) }
      print("balance \(last.balance) after \(last.reference)")
    }

    private static func table(_ entries: [PostgresLedgerEntryReader.Entry]) -> TextTable {
      var table = TextTable([
        ("when", .left), ("kind", .left), ("available", .right), ("held", .right), ("owed", .right),
        ("balance", .right), ("reference", .left), ("cause", .left), ("reason", .left),
      ])
      for entry in entries {
        table.add([
          MomentArgument.text(entry.at), entry.kind, signed(entry.change.available), signed(entry.change.held),
          signed(entry.change.owed), String(entry.balance.milliseconds), entry.reference, entry.cause,
          entry.reason ?? "",
        ])
      }
      return table
    }

    private static func signed(_ time: TalkTime) -> String {
      time > .zero ? "+\(time.milliseconds)" : String(time.milliseconds)
    }
  }
}
