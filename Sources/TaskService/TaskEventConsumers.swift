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
      // An event whose values Postgres refuses becomes a dead letter. Otherwise it would hold up its stream for ever.
      // All else that Postgres answers, such as a missing right, would refuse every event, so they wait for its repair.
      isAway: { ($0 as? PostgresError)?.refusesValues == false },
      isFinal: { $0 is ErasureRefusal },
      handle: { envelope in
        guard let trigger = try TaskTrigger(envelope) else { return }
        try await enqueue(trigger, id: envelope.id)
      })
  }
}
