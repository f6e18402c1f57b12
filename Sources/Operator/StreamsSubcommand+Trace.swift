import Application
import ArgumentParser
import Domain
import PostgresAdapter
import RedisAdapter

extension StreamsSubcommand {
  struct Trace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The way of one event: its outbox, its entry in the stream, what each group did, and what came of it.",
      discussion: """
        A group that keeps an inbox, such as task, has a row there of each event that it acted on. The others compare
        versions and states, so that an acknowledged entry is all that tells of them, as long as the stream has it. For
        the settlement of a talk see talktime sessions explain.
        """)
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var redis: RedisOptions
    @Argument(help: "The event's id: a UUID, or session.ended: and the talk's id.") var id: EventID

    func run() async throws {
      let id = id
      let pool = try database.pool()
      defer { pool.close() }
      let trace: EventTrace = try await redis.connected { redis in
        let find = TraceEvent(
          records: PostgresEventReader(database: pool), streams: RedisStreamAdministration(redis: redis))
        do throws(StreamAdministrationError) {
          return try await find(id)
        } catch .eventNotFound {
          throw OperatorRefusal("there is no such event, neither in an outbox nor in a stream")
        } catch {
          throw await OperatorRefusal.storeAway(pool, redis, "the way of the event cannot be told")
        }
      }
      for line in Self.lines(trace) { print(line) }
    }

    static func lines(_ trace: EventTrace) -> [String] {
      [outbox(trace)] + trace.deliveries.map(line) + trace.deadLetters.map(StreamsSubcommand.line)
        + trace.inbox.map { "inbox    \($0.consumer) acted on it at \(MomentArgument.text($0.seenAt))" }
        + trace.tasks.map { task in
          "task     \(task.id) \(task.type), \(task.state.rawValue) after \(task.attempts) attempts"
            + (task.errorCode.map { " (\($0))" } ?? "")
        }
    }

    private static func outbox(_ trace: EventTrace) -> String {
      guard let record = trace.record else { return "outbox   no row: it was never there, or its 7 days have passed" }
      let event = record.envelope
      let published = record.publishedAt.map { "published at \(MomentArgument.text($0))" } ?? "not published yet"
      return "outbox   \(event.type) about \(event.subject) by \(event.source), written at "
        + "\(MomentArgument.text(record.writtenAt)), \(published)"
        + (record.entry.map { " as \($0)" } ?? "")
    }

    private static func line(_ delivery: EventDelivery) -> String {
      "group    \(delivery.group): \(delivery.stream) \(delivery.entry), " + text(delivery.state)
    }

    private static func text(_ state: EventDelivery.State) -> String {
      switch state {
      case .missingGroup: "the group does not exist"
      case .undelivered: "not delivered yet"
      case .acknowledged: "acknowledged"
      case .forgotten: "the stream does not have the entry any more; whether the group has handled it cannot be told"
      case .pending(let consumer, let idle, let deliveries):
        "pending at \(consumer) for \(StreamsSubcommand.seconds(idle)), attempts so far: \(deliveries)"
      }
    }
  }
}

extension EventID: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
