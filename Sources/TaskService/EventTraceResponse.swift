import Application
import Domain
import FoundationEssentials

/// The way of an event. Only its names are included, not its data.
struct EventTraceResponse: Encodable {
  struct Record: Encodable {
    let source, context, type, subject: String
    let writtenAt: Date
    let publishedAt: Date?
    let entry: String?

    enum CodingKeys: String, CodingKey {
      case source, context, type, subject, writtenAt = "written_at", publishedAt = "published_at", entry
    }
  }

  struct Delivery: Encodable {
    let stream, entry, group, state: String
    let consumer: String?
    let idle, deliveries: Int64?

    enum CodingKeys: String, CodingKey { case stream, entry, group, state, consumer, idle = "idle_ms", deliveries }
  }

  struct Seen: Encodable {
    let consumer: String
    let seenAt: Date

    enum CodingKeys: String, CodingKey { case consumer, seenAt = "seen_at" }
  }

  let id: String
  let record: Record?
  let deliveries: [Delivery]
  let deadLetters: [DeadLetterResponse]
  let inbox: [Seen]
  let tasks: [TaskResponse]

  enum CodingKeys: String, CodingKey {
    case id, record = "outbox", deliveries, deadLetters = "dead_letters", inbox, tasks
  }

  init(_ trace: EventTrace) {
    id = trace.id.text
    record = trace.record.map(Record.init)
    deliveries = trace.deliveries.map(Delivery.init)
    deadLetters = trace.deadLetters.map(DeadLetterResponse.init)
    inbox = trace.inbox.map { Seen(consumer: $0.consumer, seenAt: $0.seenAt) }
    tasks = trace.tasks.map(TaskResponse.init)
  }
}

extension EventTraceResponse.Record {
  init(_ record: EventRecord) {
    self.init(
      source: record.envelope.source, context: record.context.rawValue, type: record.envelope.type,
      subject: record.envelope.subject, writtenAt: record.writtenAt, publishedAt: record.publishedAt,
      entry: record.entry?.description)
  }
}

extension EventTraceResponse.Delivery {
  init(_ delivery: EventDelivery) {
    var (consumer, idle, deliveries): (String?, Int64?, Int64?) = (nil, nil, nil)
    let state: String
    switch delivery.state {
    case .missingGroup: state = "missing_group"
    case .undelivered: state = "undelivered"
    case .acknowledged: state = "acknowledged"
    case .forgotten: state = "forgotten"
    case .pending(let holder, let duration, let count):
      state = "pending"
      (consumer, idle, deliveries) = (holder, duration.wholeMilliseconds, count)
    }
    self.init(
      stream: delivery.stream, entry: delivery.entry.description, group: delivery.group, state: state,
      consumer: consumer, idle: idle, deliveries: deliveries)
  }
}
