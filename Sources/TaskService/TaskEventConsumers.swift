import Application
import Domain
import PostgresDriver

/// The events that the task service consumes. Each event becomes its tasks, and is recorded as seen, in one
/// transaction.
struct TaskEventConsumers {
  let enqueue: EnqueueTasks

  var all: [EventSubscription] { [BoundedContext.talk, .billing, .identity].map(subscription) }

  private func subscription(_ context: BoundedContext) -> EventSubscription {
    let enqueue = enqueue
    return EventSubscription(
      group: ConsumerGroupName.tasks, source: .context(context),
      // What Postgres refuses for good becomes a dead letter. Otherwise one event would hold up its stream for ever.
      isAway: { ($0 as? PostgresError)?.isRefusal == false },
      handle: { envelope in
        guard let trigger = try TaskTrigger(envelope) else { return }
        try await enqueue(trigger, id: envelope.id)
      })
  }
}
