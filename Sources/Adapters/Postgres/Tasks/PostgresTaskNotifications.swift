import PostgresDriver

/// Tells the workers of all processes that tasks are due.
public enum PostgresTaskNotifications {
  /// The shortest time between two notifications of a process: NOTIFY serializes commits.
  private static let pause = Duration.milliseconds(5)

  /// An element whenever a task may be due.
  /// - Parameters:
  ///   - own: its commits that announce tasks wake this process at once, and the others by a notification.
  ///   - all: hears the notifications.
  public static func stream(own: PostgresPool, all: PostgresPool) -> AsyncStream<Void> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let work = Task {
        await withDiscardingTaskGroup { group in
          let (others, tell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
          group.addTask {
            for await _ in own.commits(announcing: PostgresTaskQueue.topic) {
              continuation.yield()
              tell.yield()
            }
            tell.finish()
          }
          group.addTask {
            for await _ in others {
              // The poll of the others finds what a notification failed to announce.
              _ = try? await own.query("SELECT pg_notify(\(PostgresTaskQueue.topic), '')")
              try? await Task.sleep(for: pause)
            }
          }
          for await _ in all.listen(to: [PostgresTaskQueue.topic]) { continuation.yield() }
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in work.cancel() }
    }
  }
}
