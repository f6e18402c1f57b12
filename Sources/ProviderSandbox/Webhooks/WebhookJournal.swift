import FoundationEssentials

/// The webhooks that were sent, and their responses.
actor WebhookJournal {
  private struct Entry {
    let webhook: OutgoingWebhook
    let queuedAt = Date()
    var attempts: [JSON] = []
  }

  private let capacity = 5_000
  private var entries: [Int: Entry] = [:]
  private var order: [Int] = []
  private var next = 1

  func open(_ webhook: OutgoingWebhook) -> Int {
    let number = next
    next += 1
    entries[number] = Entry(webhook: webhook)
    order.append(number)
    if order.count > capacity { entries[order.removeFirst()] = nil }
    return number
  }

  func note(_ number: Int, status: Int?, error: String?) {
    entries[number]?.attempts.append(
      ["at": .string(timestamp(Date())), "status": .optional(status), "error": .optional(error)])
  }

  /// The last event with this id, to be sent once more.
  func webhook(_ provider: Provider, id: String) -> OutgoingWebhook? {
    order.reversed().lazy.compactMap { self.entries[$0]?.webhook }.first { $0.provider == provider && $0.id == id }
  }

  func all(_ provider: Provider) -> [JSON] {
    order.compactMap { entries[$0] }.filter { $0.webhook.provider == provider }.map { entry in
      [
        "event_id": .string(entry.webhook.id), "event": .string(entry.webhook.name),
        "body": JSON.parse(entry.webhook.body) ?? .null, "queued_at": .string(timestamp(entry.queuedAt)),
        "attempts": .array(entry.attempts),
      ]
    }
  }

  func forget(_ provider: Provider) {
    for number in order where entries[number]?.webhook.provider == provider { entries[number] = nil }
    order.removeAll { entries[$0] == nil }
  }
}
