import Application
import ArgumentParser
import BenchSupport
import Domain
import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import Runtime

/// Compares the task queue with PgQueuer and awa on the same server, in turns.
@main
struct QueueBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "QueueBench", abstract: "Measures tasks claimed, run and completed a second beside two peers.")

  @Option(help: "Empty tasks of each turn.") var tasks = 20_000
  @Option(help: "Turns of each queue.") var rounds = 5
  @Option(help: "PgQueuer's queue managers; ours is one worker.") var managers = 1
  @Option(help: "awa's batches; the best counts.") var awaBatches = "500,1000,2000"
  @Option(help: "Finished tasks that lie in the table for the second part.") var finished = 1_000_000
  @Option(help: "Seconds that a transaction is open in the third part.") var openSeconds = 600
  @Flag(help: "Only our own queue, for a profile.") var alone = false
  @Flag(help: "With --alone: beside a transaction that stays open.") var open = false
  /// The measurement that was selected in ./dev bench.
  @Argument(help: .hidden) var what = "queue"

  func run() async throws {
    let environment = try BenchEnvironment()
    let bench = try OwnQueue(environment)
    defer { bench.close() }
    print("\(try await bench.server()); \(rounds) rounds of \(tasks) empty tasks")
    guard !alone else {
      try await profile(bench)
      return
    }
    let peers = Peers(environment: environment)
    let batch = try await bestBatch(peers)
    var (ours, pgqueuer, awa): (Series, Series, Series) = (.init(), .init(), .init())
    var ownBytes = 0
    for _ in 0..<rounds {
      // The peers' databases are made anew for each turn.
      try await bench.clear(finished: 0)
      let start = try await bench.writtenBytes()
      ours.add(try await bench.turn(tasks))
      ownBytes += try await bench.writtenBytes() - start
      pgqueuer.add(try await peers.pgqueuer(tasks, managers: managers))
      awa.add(try await peers.awa(tasks, batch: batch))
    }
    print("tasks/s   median   from   to")
    print("ours               \(ours)")
    print("PgQueuer 1.6, 100  \(pgqueuer)")
    print("awa, \(batch)         \(awa)")
    print("WAL bytes a task, with its insertion: \(ownBytes / (rounds * tasks))")
    let pickup = try await bench.pickups(200)
    print("pickup when idle: median \(pickup.at(0.5)) ms, p99 \(pickup.at(0.99)) ms")
    try await withHistory(bench)
    print("ours/awa \(two(ours.median / awa.median))")
    print("ratio \(two(ours.median / pgqueuer.median))")
  }

  private func profile(_ bench: OwnQueue) async throws {
    try await bench.clear(finished: 0)
    if open {
      var left = rounds
      try await bench.withOldTransaction {
        let rates = try await bench.turns(tasks) {
          left -= 1
          return left >= 0
        }
        print(rates.map { String(format: "%.0f tasks/s", $0) }.joined(separator: "\n"))
      }
    } else {
      for _ in 0..<rounds {
        try await bench.clear(finished: 0)
        print(String(format: "%.0f tasks/s", try await bench.turn(tasks)))
      }
    }
  }

  private func bestBatch(_ peers: Peers) async throws -> Int {
    var best = (rate: 0.0, batch: 100)
    let batches = awaBatches.split(separator: ",").compactMap { Int($0) }
    if let only = batches.first, batches.count == 1 { return only }
    for batch in batches {
      let rate = try await peers.awa(tasks, batch: batch)
      if rate > best.rate { best = (rate, batch) }
    }
    return best.batch
  }

  /// The rate of an empty table, of one with many finished tasks, and while a transaction is open, in turns where they
  /// can be.
  private func withHistory(_ bench: OwnQueue) async throws {
    var (empty, full, open): (Series, Series, Series) = (.init(), .init(), .init())
    for _ in 0..<rounds {
      try await bench.clear(finished: 0)
      empty.add(try await bench.turn(tasks))
      try await bench.clear(finished: finished)
      full.add(try await bench.turn(tasks))
    }
    try await bench.clear(finished: 0)
    let old = openSeconds
    let end = ContinuousClock.now + .seconds(old)
    try await bench.withOldTransaction {
      // The tasks of the first turns are dead rows that the later ones must pass.
      for rate in try await bench.turns(tasks, while: { ContinuousClock.now < end }) { open.add(rate) }
    }
    print("\nempty table        \(empty)")
    print("\(finished) finished   \(full)   \(two(full.median / empty.median)) of the empty table's")
    let last = Series(open.values.suffix(rounds))
    print("open for \(old) s     \(last)   \(two(last.median / empty.median)) of the empty table's")
  }
}

/// The server and the peers that ./dev bench has prepared.
struct BenchEnvironment {
  let databaseURL, python, scripts, pgqueuerURL, awaURL: String

  init() throws {
    let settings = BenchSettings(of: "./dev bench queue")
    databaseURL = try settings.value("DATABASE_URL")
    python = try settings.value("PEER_PYTHON")
    scripts = try settings.value("PEER_SCRIPTS")
    pgqueuerURL = try settings.value("PGQUEUER_URL")
    awaURL = try settings.value("AWA_URL")
  }
}
