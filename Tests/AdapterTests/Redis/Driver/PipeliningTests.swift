import Logging
import NIOCore
import NIOPosix
import RedisDriver
import TestInfrastructure
import Testing

@Suite("Commands that are written together")
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
      // All their jobs are in the loop's queue before the first of them runs.
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

  @Test("scripts that are run without a task leave in one write too, and an unknown one is sent again with its text")
  func scripts() async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let script = RedisScript(name: "test", source: Array("return 7".utf8))
    let answers: ScriptedServer.Script = { read, _ in
      let unknown = read.components(separatedBy: "EVALSHA").count - 1
      let known = read.components(separatedBy: "EVAL\r\n").count - 1
      let pongs = String(repeating: "+PONG\r\n", count: ScriptedServer.pings(in: read))
      return String(repeating: "-NOSCRIPT none\r\n", count: unknown) + String(repeating: ":7\r\n", count: known) + pongs
    }
    try await ScriptedServer.with(answers) { server, url in
      let client = RedisClient(
        configuration: try RedisConfiguration(url: url), eventLoopGroup: loop, logger: Logger(label: "tests"))
      let running = Task { try await client.run() }
      defer { running.cancel() }
      let first: RedisValue? = await eventually { try? await client.send(ping) }
      #expect(first?.string == "PONG")
      let before = server.reads.count
      let (replies, continuation) = AsyncStream.makeStream(of: Int64?.self)
      loop.execute {
        for _ in 0..<200 {
          client.run(script, keys: ["k"], arguments: []) { continuation.yield((try? $0.get())?.int) }
        }
      }
      var sevens = 0
      for await reply in replies.prefix(200) where reply == 7 { sevens += 1 }
      #expect(sevens == 200)
      let counts = server.reads.dropFirst(before).map { $0.components(separatedBy: "return 7").count - 1 }
      #expect(counts == [0, 200])
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

/// Runs a task's jobs on the event loop, as the services do for a connection's tasks.
private final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}
