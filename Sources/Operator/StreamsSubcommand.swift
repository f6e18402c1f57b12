import Application
import ArgumentParser
import PostgresAdapter
import RedisAdapter

struct StreamsSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "streams", abstract: "Shows how far the consumers are and what they gave up, and replays it.",
    subcommands: [List.self, Replay.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Each stream with its groups, and all dead letters; fails where there are any.")
    @OptionGroup var redis: RedisOptions

    func run() async throws {
      let isClean = try await redis.connected { redis in
        let administration = RedisStreamAdministration(redis: redis)
        for line in Self.table(try await administration.streams()).lines { print(line) }
        var (count, after): (Int, DeadLetterID?) = (0, nil)
        repeat {
          let letters = try await administration.deadLetters(after: after, limit: 100)
          for letter in letters { print(Self.line(letter)) }
          (count, after) = (count + letters.count, letters.last?.id)
        } while after != nil
        print("\(count) dead letters")
        return count == 0
      }
      guard isClean else { throw ExitCode(1) }
    }

    private static func table(_ streams: [StreamReport]) -> TextTable {
      var table = TextTable([
        ("stream", .left), ("entries", .right), ("group", .left), ("pending", .right), ("lag", .right),
      ])
      for stream in streams {
        if stream.groups.isEmpty { table.add([stream.name, String(stream.length), "-", "-", "-"]) }
        for group in stream.groups {
          table.add([
            stream.name, String(stream.length), group.name, String(group.pending), group.lag.map(String.init) ?? "?",
          ])
        }
      }
      return table
    }

    private static func line(_ letter: DeadLetter) -> String {
      "✗ \(letter.id) \(letter.type ?? "no event") \(letter.subject ?? "") from \(letter.stream), given up by "
        + "\(letter.group) at \(MomentArgument.text(letter.buriedAt)): \(letter.error)"
    }
  }

  struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts a dead letter's event into its stream again; its consumers do nothing twice.")
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var redis: RedisOptions
    @Argument(help: "As the list has it, such as ended-1764000000000-0.") var id: DeadLetterID

    func run() async throws {
      let id = id
      let pool = try database.pool()
      defer { pool.close() }
      try await PostgresDeadLetterReplayLog(database: pool).note(replayOf: id, actor: ShellUser.actor)
      let isReplayed = try await redis.connected { redis in try await RedisStreamAdministration(redis: redis).replay(id)
      }
      guard isReplayed else { throw OperatorRefusal("there is no such dead letter") }
      print("replayed \(id)")
    }
  }
}

extension DeadLetterID: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
