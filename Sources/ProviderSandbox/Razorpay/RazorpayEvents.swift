/// An event for a webhook: its name and the entities that it contains.
struct RazorpayEvent: Sendable {
  let name: String
  let entities: [(name: String, json: JSON)]

  /// The body, as Razorpay documents it.
  var body: JSON {
    Self.body(
      name: name, contains: entities.map(\.name),
      payload: .object(Dictionary(entities.map { ($0.name, ["entity": $0.json]) }) { _, last in last }),
      createdAt: unixNow())
  }

  static func body(name: String, contains: [String], payload: JSON, createdAt: Int) -> JSON {
    [
      "entity": "event", "account_id": "acc_SandboxSandbox", "event": .string(name),
      "contains": .array(contains.map(JSON.string)), "payload": payload, "created_at": .int(createdAt),
    ]
  }
}
