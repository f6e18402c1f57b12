import FoundationEssentials

/// All conversations for which a signed URL was given out.
actor Conversations {
  struct Line: Sendable {
    let role: String
    let message: String
    let at: Int
  }

  struct Entry: Sendable {
    let id: String
    let agentID: String
    let signature: String
    let invitedAt = Date()
    var openedAt: Date?
    var endedAt: Date?
    var status = "initiated"
    var lines: [Line] = []
    /// A duration set by a control request, in seconds.
    var duration: Int?
    var reason: String?

    var seconds: Int {
      if let duration { return duration }
      guard let openedAt else { return 0 }
      return Int((endedAt ?? Date()).timeIntervalSince(openedAt).rounded())
    }

    var json: JSON {
      [
        "agent_id": .string(agentID), "conversation_id": .string(id), "status": .string(status), "user_id": .null,
        "has_audio": false, "has_user_audio": false, "has_response_audio": false,
        "transcript": .array(
          lines.map {
            [
              "role": .string($0.role), "message": .string($0.message), "time_in_call_secs": .int($0.at),
              "interrupted": false,
            ]
          }),
        "metadata": [
          "start_time_unix_secs": .int(Int((openedAt ?? invitedAt).timeIntervalSince1970)),
          "call_duration_secs": .int(seconds), "termination_reason": .optional(reason),
        ],
      ]
    }
  }

  private var entries: [String: Entry] = [:]
  private var order: [String] = []
  private let lifetime: Double
  private let webhook: ElevenLabsWebhooks
  /// Closes a running conversation's socket.
  private var closers: [String: @Sendable () -> Void] = [:]
  var isMonitorOn = true

  init(signedURLSeconds: Int, webhook: ElevenLabsWebhooks) {
    lifetime = Double(signedURLSeconds)
    self.webhook = webhook
  }

  func invite(agentID: String) -> Entry {
    let entry = Entry(
      id: identifier("conv_", length: 26).lowercased(), agentID: agentID, signature: identifier("cvtkn_", length: 32))
    entries[entry.id] = entry
    order.append(entry.id)
    return entry
  }

  /// A signature opens its conversation once, within 15 minutes.
  func open(signature: String) -> String? {
    guard let entry = entries.values.first(where: { $0.signature == signature }), entry.openedAt == nil,
      Date().timeIntervalSince(entry.invitedAt) < lifetime
    else { return nil }
    begin(entry.id)
    return entry.id
  }

  @discardableResult
  func begin(_ id: String) -> Bool {
    guard entries[id] != nil else { return false }
    entries[id]?.openedAt = Date()
    entries[id]?.status = "in-progress"
    return true
  }

  func hold(_ id: String, close: @escaping @Sendable () -> Void) { closers[id] = close }

  func add(_ role: String, _ message: String, to id: String) {
    guard let entry = entries[id] else { return }
    entries[id]?.lines.append(Line(role: role, message: message, at: entry.seconds))
  }

  /// Ends the conversation. The provider reports it by webhook, as the control's body says.
  func end(_ id: String, reason: String, told: JSON = [:]) {
    guard let entry = entries[id], entry.status == "in-progress" || entry.status == "initiated" else { return }
    entries[id]?.endedAt = Date()
    entries[id]?.status = "done"
    entries[id]?.reason = reason
    closers.removeValue(forKey: id)?()
    if let ended = entries[id] { webhook.send(ended.json, id: id, told: told, delay: Self.workedOn) }
  }

  /// The time from the end of a call to its webhook, in milliseconds.
  private static let workedOn = 2_000

  func set(_ id: String, _ body: JSON) -> JSON {
    var entry =
      entries[id]
      ?? Entry(
        id: id, agentID: body["agent_id"]?.string ?? "agent_sandbox", signature: identifier("cvtkn_", length: 32))
    if entries[id] == nil { order.append(id) }
    if let lines = body["transcript"]?.array {
      entry.lines = lines.enumerated().map { index, line in
        Line(
          role: line["role"]?.string ?? "user", message: line["message"]?.string ?? line["text"]?.string ?? "",
          at: line["time_in_call_secs"]?.int ?? index * 5)
      }
    }
    let seconds = body["duration_secs"]?.number ?? body["call_duration_secs"]?.number ?? body["duration"]?.number
    if let seconds { entry.duration = Int(min(max(0, seconds), 1e9)) }
    if let milliseconds = body["duration_ms"]?.number { entry.duration = Int(min(max(0, milliseconds / 1_000), 1e9)) }
    entry.openedAt = entry.openedAt ?? Date()
    entry.status = body["status"]?.string ?? "done"
    if entry.status == "done" { entry.endedAt = entry.endedAt ?? Date() }
    entries[id] = entry
    if ["done", "failed"].contains(entry.status) { webhook.send(entry.json, id: id, told: body) }
    return entry.json
  }

  func entry(_ id: String) -> Entry? { entries[id] }
  func remove(_ id: String) -> Bool { entries.removeValue(forKey: id) != nil }
  func all() -> [JSON] { order.reversed().compactMap { entries[$0]?.json } }
  func setMonitor(_ on: Bool) { isMonitorOn = on }
  func isGoingOn(_ id: String) -> Bool { entries[id]?.status == "in-progress" }
}
