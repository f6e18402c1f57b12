import Application
import ArgumentParser
import Domain
import FoundationEssentials
import PostgresAdapter
import PostgresDriver
import RedisAdapter
import RedisDriver

extension StreamsSubcommand {
  struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts events into their streams again; consumers do nothing twice.",
      discussion: """
        Either a dead letter, or an event that an outbox still has, or all events that were published in a time. Events
        keep their ids. With --dry-run nothing is written.
        """)
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var redis: RedisOptions
    @Argument(help: "A dead letter as the list has it, such as ended-1764000000000-0, or the id of an event.")
    var id: String?
    @Option(help: "Events that were published from then on: 2026-11-25T18:30:00Z, or a day.") var from: MomentArgument?
    @Option(help: "Events that were published before then, or on that day.") var until: MomentArgument?
    @Option(help: "Only events of this service: auth, billing, session or task.") var source: String?
    @Option(help: "Only events of this type.") var type: String?
    @Flag(help: "Shows what would be replayed.") var dryRun = false

    func run() async throws {
      if let id, let letter = DeadLetterID(id) { return try await replay(letter) }
      let selection = try selection()
      let dryRun = dryRun
      let pool = try database.pool()
      defer { pool.close() }
      try await redis.connected { redis in
        let replay = ReplayEvents(
          events: PostgresEventReader(database: pool), bus: RedisEventBus(redis: redis),
          log: PostgresDeadLetterReplayLog(database: pool))
        var hasBegun = false
        do throws(StreamAdministrationError) {
          let preview = try await replay.preview(selection)
          for (type, count) in preview.types.sorted(by: { $0.key < $1.key }) { print("\(type) \(count)") }
          guard !dryRun else { return print("\(preview.count) events would be replayed") }
          hasBegun = true
          let count = try await replay(selection, reason: nil, actor: ShellUser.actor)
          print("replayed \(count) events")
        } catch .eventNotFound {
          throw OperatorRefusal("there is no such dead letter, and no outbox has published such an event")
        } catch .tooManyEvents {
          throw OperatorRefusal("these are more than \(ReplayEvents.most) events; choose a shorter time")
        } catch .unknownType {
          throw OperatorRefusal("there is no such type of event, and no event of it in this time")
        } catch {
          throw await OperatorRefusal.storeAway(
            pool, redis, hasBegun ? "events may have been replayed in part" : "nothing was replayed")
        }
      }
    }

    private func selection() throws -> ReplayEvents.Selection {
      if let id {
        guard let event = EventID(id), from == nil, until == nil, source == nil, type == nil else {
          throw OperatorRefusal("an event is chosen by its id alone")
        }
        return .one(event)
      }
      guard let from, let until else { throw OperatorRefusal("give an id, or --from and --until") }
      let end = until.isDay ? until.end + 1 : until.date
      guard let range = EventReplayRange(from: from.date, until: end, source: source, type: type) else {
        throw OperatorRefusal("--until is after --from, and a source is auth, billing, session or task")
      }
      return .range(range)
    }

    private func replay(_ id: DeadLetterID) async throws {
      let pool = try database.pool()
      defer { pool.close() }
      let dryRun = dryRun
      let isReplayed = try await redis.connected { redis in
        let administration = RedisStreamAdministration(redis: redis)
        guard let letter = try await administration.deadLetter(id) else { return false }
        if dryRun {
          print("would be replayed: \(StreamsSubcommand.line(letter))")
          return true
        }
        try await PostgresDeadLetterReplayLog(database: pool).note(replayOf: id, actor: ShellUser.actor)
        return try await administration.replay(id)
      }
      guard isReplayed else { throw OperatorRefusal("there is no such dead letter") }
      if !dryRun { print("replayed \(id)") }
    }
  }
}
