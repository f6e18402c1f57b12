import Logging
import NIOCore
import NIOPosix
import RedisDriver
import TestInfrastructure
import Testing

@Suite("What goes out together")
struct PipeliningTests {
  private let ping = RedisCommand("PING")

  @Test("commands of one tick of the event loop leave in one write")
  func oneWrite() async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    try await ScriptedServer.with(ScriptedServer.pongs) { server, url in
      let client = RedisClient(
        configuration: try RedisConfiguration(url: url), eventLoopGroup: loop, logger: Logger(label: "tests"))
      let running = Task { try await client.run() }
      defer { running.cancel() }
      let first: RedisValue? = await eventually { try? await client.send(ping) }
      #expect(first?.string == "PONG")
      let before = server.reads.count
      // All their jobs stand in the loop's queue before the first of them runs.
      let pongs = await withTaskExecutorPreference(LoopExecutor(loop)) {
        await withTaskGroup(of: Bool.self) { group in
          for _ in 0..<500 { group.addTask { (try? await client.send(ping))?.string == "PONG" } }
          return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
      }
      #expect(pongs == 500)
      let reads = server.reads.dropFirst(before)
      #expect(reads.map(ScriptedServer.pings) == [500])
    }
  }

  @Test("commands that wait for each other do not leave together")
  func apart() async throws {
    try await ScriptedServer.with(ScriptedServer.pongs) { server, url in
      try await TestRedis.with(try RedisConfiguration(url: url, connections: 1)) { redis in
        let first: RedisValue? = await eventually { try? await redis.send(ping) }
        #expect(first?.string == "PONG")
        let before = server.reads.count
        for _ in 0..<5 { try await redis.send(ping) }
        #expect(server.reads.dropFirst(before).map(ScriptedServer.pings) == [1, 1, 1, 1, 1])
      }
    }
  }
}

/// Runs a task's jobs on the event loop, as the services do with a connection's.
private final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}
