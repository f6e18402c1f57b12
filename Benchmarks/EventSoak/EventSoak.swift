import ArgumentParser
import BenchSupport
import Foundation
import Logging
import NIOPosix
import PostgresDriver
import RedisDriver

/// Events through outbox, relays, streams and consumers, of which one process is killed every second, while Redis
/// crashes, restarts, and fails over to a replica that lacks the last second. Fails unless each event's effect has
/// happened once in each group, and nothing is pending or dead.
@main
struct EventSoak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "EventSoak",
    abstract: "Events over relays and consumers that are killed and a Redis that fails over; counts the effects.")

  @Option(help: "How many events.") var events = 20_000
  @Option(help: "Seconds in which the events are written and the processes are killed.") var seconds = 60
  @Option(help: "Relays, and consumers of each group.") var processes = 2
  @Option(help: "Seconds that everything has to finish afterwards.") var patience = 300
  @Flag(help: "Without the inbox and the search for lost events: the count must show what these prevent.")
  var unprotected = false
  @Option(help: .hidden) var relay: String?
  @Option(help: .hidden) var consumer: String?

  func run() async throws {
    let place = try SoakPlace()
    if let relay {
      try await SoakRelay(place: place, name: relay).run()
    } else if let consumer {
      try await SoakConsumer(place: place, name: consumer, usesInbox: !unprotected).run()
    } else {
      try await soak(place)
    }
  }

  private func soak(_ place: SoakPlace) async throws {
    let store = try SoakEvents(place)
    defer { store.close() }
    try await store.prepare()
    let redis = try SoakRedis(place)
    defer { redis.close() }
    try await redis.startReplica()
    let crowd = EventCrowd(executable: CommandLine.arguments[0], unprotected: unprotected)
    defer { crowd.killAll() }
    for _ in 0..<processes {
      try crowd.add("--relay")
      for group in SoakGroup.allCases { try crowd.add("--consumer", suffix: group.rawValue) }
    }
    let (begun, events, seconds) = (ContinuousClock.now, events, seconds)
    let writing = Task { try await store.write(events, in: .seconds(seconds)) }
    let mishaps = Task { try await redis.suffer(within: .seconds(seconds)) }
    for second in 1...max(seconds, 1) {
      try await Task.sleep(until: begun + .seconds(second), clock: .continuous)
      try crowd.killOne()
    }
    let written = try await writing.value
    let lacking = try await mishaps.value
    let end = ContinuousClock.now + .seconds(patience)
    var rest = try await rest(store, redis)
    while rest != .none, ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(500))
      rest = try await self.rest(store, redis)
    }
    let report = try await store.report()
    say(
      """
      \(events) events in \(written.commits) transactions, \(written.rollbacks) others rolled back; \
      \(crowd.kills) processes killed, Redis crashed and restarted, and failed over to a replica that lacked \
      \(lacking) entries of its last second; all in \((ContinuousClock.now - begun).components.seconds) s
      """)
    var isRight = rest == .none
    for group in SoakGroup.allCases {
      let count = report[group] ?? .init()
      say(
        """
        \(group.rawValue): effects \(count.effects), of different events \(count.different), of rolled back ones \
        \(count.foreign), deliveries \(count.deliveries)
        """)
      isRight = isRight && count.effects == events && count.different == events && count.foreign == 0
    }
    say("unpublished \(rest.unpublished), behind \(rest.behind), dead letters \(rest.dead)")
    guard isRight else { throw ExitCode.failure }
  }

  private func rest(_ store: SoakEvents, _ redis: SoakRedis) async throws -> SoakRest {
    let (behind, dead) = try await redis.rest()
    return SoakRest(unpublished: try await store.unpublished(), behind: behind, dead: dead)
  }
}

/// What is not done yet.
struct SoakRest: Equatable {
  /// Rows of the outbox.
  let unpublished: Int
  /// Groups that have entries to read or to acknowledge, or that do not exist.
  let behind: Int
  let dead: Int64

  static let none = SoakRest(unpublished: 0, behind: 0, dead: 0)
}

/// The stores that ./dev soak events has prepared.
struct SoakPlace: Sendable {
  let databaseURL, redisURL, dev, replicaConfiguration, redisProcess: String
  let replicaPort: Int

  init() throws {
    let settings = BenchSettings(of: "./dev soak events")
    databaseURL = try settings.value("DATABASE_URL")
    redisURL = try settings.value("REDIS_URL")
    dev = try settings.value("TALKTIME_DEV")
    replicaConfiguration = try settings.value("REPLICA_CONFIGURATION")
    redisProcess = try settings.value("REDIS_PROCESS")
    replicaPort = try settings.number("REPLICA_PORT")
  }

  static let quiet = Logger(label: "soak") { _ in SwiftLogNoOpLogHandler() }

  func postgres(_ name: String, _ connections: Int) throws -> PostgresPool {
    try PostgresPool(
      configuration: PostgresConfiguration(
        url: databaseURL, applicationName: name, maximumConnections: connections, acquireTimeout: .seconds(30)),
      logger: Self.quiet)
  }

  /// - Parameter port: nil for the address that everybody uses.
  func redis(port: Int? = nil) throws -> RedisClient {
    var url = redisURL
    if let port, var parts = URLComponents(string: redisURL) {
      parts.port = port
      url = parts.string ?? redisURL
    }
    return RedisClient(
      configuration: try RedisConfiguration(url: url), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Self.quiet)
  }
}
