import Foundation
import NIOCore
import NIOPosix

/// Talkers on live links, all on one thread, so that they take little CPU from the measured processes.
struct LinkLoad {
  private let group: MultiThreadedEventLoopGroup
  private let tally: NIOLoopBound<LinkTally>
  private var channels: [any Channel] = []

  static func make() async throws -> LinkLoad {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let tally = try await loop.submit { NIOLoopBound(LinkTally(), eventLoop: loop) }.get()
    return LinkLoad(group: group, tally: tally)
  }

  private init(group: MultiThreadedEventLoopGroup, tally: NIOLoopBound<LinkTally>) {
    self.group = group
    self.tally = tally
  }

  /// - Parameter interval: the time between two beats of a talk; nil to send the next beat as soon as there is a
  ///   response, in turns.
  mutating func connect(_ talks: [Talkers.Talk], to url: String, every interval: TimeAmount? = nil) async throws {
    guard let url = URL(string: url), let host = url.host else { throw LinkTalker.Refused(answer: url) }
    let address = (host: host, port: url.port ?? 80)
    // A hundred at a time, because a listener's queue is limited.
    for start in stride(from: 0, to: talks.count, by: 100) {
      let some = talks[start..<min(start + 100, talks.count)]
      channels += try await withThrowingTaskGroup(of: (any Channel).self) { [self] tasks in
        for talk in some { tasks.addTask { try await self.connect(talk, address, interval) } }
        return try await tasks.reduce(into: []) { $0.append($1) }
      }
    }
  }

  private func connect(
    _ talk: Talkers.Talk, _ address: (host: String, port: Int), _ interval: TimeAmount?
  ) async throws -> any Channel {
    let ready = group.next().makePromise(of: Void.self)
    let tally = tally
    let bootstrap = ClientBootstrap(group: group).channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let talker = LinkTalker(talk, host: address.host, every: interval, ready: ready, tally: tally.value)
          try channel.pipeline.syncOperations.addHandler(talker)
        }
      }
    do {
      let channel = try await bootstrap.connect(host: address.host, port: address.port).get()
      try await ready.futureResult.get()
      return channel
    } catch {
      ready.fail(error)
      throw error
    }
  }

  /// Beats for the given time, with numbers above `seq`.
  func beat(seconds: Int, above seq: Int64) async throws -> LinkResult {
    let (tally, channels) = (tally, channels)
    let begun = ContinuousClock.now
    try await group.next().submit {
      tally.value.begin(above: seq)
      for channel in channels { channel.pipeline.fireUserInboundEventTriggered(LinkTalker.Go()) }
    }.get()
    try await Task.sleep(for: .seconds(seconds))
    let (latencies, failures) = try await group.next().submit { tally.value.finish() }.get()
    return LinkResult(latencies: latencies, failures: failures, elapsed: ContinuousClock.now - begun)
  }

  func close() async throws {
    for channel in channels { channel.close(promise: nil) }
    try await group.shutdownGracefully()
  }
}

struct LinkResult: Sendable {
  let answers: Int
  let rate: Double
  /// Milliseconds.
  let median, late: Double
  let failures: Int

  /// - Parameter latencies: microseconds.
  init(latencies: [UInt32], failures: Int, elapsed: Duration) {
    let sorted = latencies.sorted()
    func share(_ part: Double) -> Double {
      sorted.isEmpty ? 0 : Double(sorted[Int(Double(sorted.count - 1) * part)]) / 1_000
    }
    answers = sorted.count
    rate = Double(sorted.count) / (elapsed / .seconds(1))
    (median, late) = (share(0.5), share(0.99))
    self.failures = failures
  }
}

/// The responses that the talkers of one event loop received.
final class LinkTally {
  private(set) var isRunning = false
  private var seq: Int64 = 0
  private var latencies: [UInt32] = []
  private var failures = 0

  func begin(above seq: Int64) {
    self.seq = seq
    latencies = []
    latencies.reserveCapacity(1_000_000)
    failures = 0
    isRunning = true
  }

  func finish() -> ([UInt32], Int) {
    isRunning = false
    return (latencies, failures)
  }

  func next() -> Int64 {
    seq += 1
    return seq
  }

  func answered(after time: TimeAmount) {
    if isRunning { latencies.append(UInt32(clamping: time.nanoseconds / 1_000)) }
  }

  func failed() { failures += 1 }
}
