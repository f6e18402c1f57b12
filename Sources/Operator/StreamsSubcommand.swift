import Application
import ArgumentParser
import Domain
import PostgresAdapter
import RedisAdapter

struct StreamsSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "streams",
    abstract: "Shows how far the consumers are, what they gave up, and the way of an event; replays events.",
    subcommands: [List.self, Lag.self, Dead.self, Replay.self, Trace.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Each stream with its groups, and all dead letters; fails where there are any.")
    @OptionGroup var redis: RedisOptions

    func run() async throws {
      let isClean = try await redis.connected { redis in
        let administration = RedisStreamAdministration(redis: redis)
        for line in Self.table(try await administration.streams()).lines { print(line) }
        return try await StreamsSubcommand.printDeadLetters(administration) == 0
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
  }

  struct Lag: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "How many entries each group is behind, and for how long.",
      discussion: """
        BEHIND is the age of the oldest entry that the group has not acknowledged, OLDEST PENDING that of the oldest one
        that was delivered. The events that wait in Postgres for a relay come after it.
        """)
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var redis: RedisOptions
    @Option(help: "Fails where a group or a relay is behind for more seconds than this.") var most: Double?

    func validate() throws {
      // Nothing is more than an infinite number, or than one that is none, so that the check would never fail.
      if let most, !(most.isFinite && most >= 0) {
        throw ValidationError("--most is a number of seconds, zero or more")
      }
    }

    func run() async throws {
      let streams = try await redis.connected { try await RedisStreamAdministration(redis: $0).streams() }
      let pool = try database.pool()
      defer { pool.close() }
      var table = TextTable([
        ("stream", .left), ("group", .left), ("lag", .right), ("pending", .right), ("behind", .right),
        ("oldest pending", .right),
      ])
      var worst = 0.0
      for stream in streams {
        for group in stream.groups {
          table.add([
            stream.name, group.name, group.lag.map(String.init) ?? "?", String(group.pending),
            group.behind.map(StreamsSubcommand.seconds) ?? "?",
            group.oldestPending.map(StreamsSubcommand.seconds) ?? "-",
          ])
          worst = max(worst, (group.behind ?? .zero) / .seconds(1))
        }
      }
      for line in table.lines { print(line) }
      var outboxes = TextTable([("outbox", .left), ("waiting", .right), ("oldest", .right)])
      for source in EventReplayRange.sources {
        let backlog = try await PostgresOutboxBacklog.read(of: source, in: pool)
        outboxes.add([source, String(backlog.count), StreamsSubcommand.seconds(.seconds(backlog.age))])
        worst = max(worst, backlog.age)
      }
      for line in outboxes.lines { print(line) }
      if let most, worst > most { throw ExitCode(1) }
    }
  }

  struct Dead: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "All dead letters; fails where there are any.")
    @OptionGroup var redis: RedisOptions

    func run() async throws {
      let count = try await redis.connected { redis in
        try await StreamsSubcommand.printDeadLetters(RedisStreamAdministration(redis: redis))
      }
      guard count == 0 else { throw ExitCode(1) }
    }
  }

  /// - Returns: their number.
  static func printDeadLetters(_ administration: RedisStreamAdministration) async throws -> Int {
    var (count, after): (Int, DeadLetterID?) = (0, nil)
    repeat {
      let letters = try await administration.deadLetters(after: after, limit: 100)
      for letter in letters { print(line(letter)) }
      (count, after) = (count + letters.count, letters.last?.id)
    } while after != nil
    print("\(count) dead letters")
    return count
  }

  static func line(_ letter: DeadLetter) -> String {
    "✗ \(letter.id) \(letter.type ?? "no event") \(letter.subject ?? "") from \(letter.stream), given up by "
      + "\(letter.group) at \(MomentArgument.text(letter.buriedAt)): \(letter.error)"
  }

  static func seconds(_ duration: Duration) -> String {
    let milliseconds = max(0, duration.wholeMilliseconds)
    return "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
  }
}

extension DeadLetterID: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
