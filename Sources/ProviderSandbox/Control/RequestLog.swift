import FoundationEssentials

/// The requests to each provider, in order.
actor RequestLog {
  /// The most requests that are kept for each provider; the oldest are dropped.
  private let capacity = 5_000
  private var entries: [Provider: [Entry]] = [:]
  private var next = 1

  struct Entry: Sendable {
    let number: Int
    let method: String
    let path: String
    let query: String?
    let headers: [String: JSON]
    let body: [UInt8]
    let receivedAt: Date
    var status: Int?
    var fault: String?

    var json: JSON {
      [
        "number": .int(number), "method": .string(method), "path": .string(path), "query": .optional(query),
        "headers": .object(headers), "body": .string(String(decoding: body, as: UTF8.self)),
        "json": body.isEmpty ? .null : JSON.parse(body) ?? .null, "received_at": .string(timestamp(receivedAt)),
        "status": .optional(status), "fault": .optional(fault),
      ]
    }
  }

  func append(
    _ provider: Provider, method: String, path: String, query: String?, headers: [String: JSON], body: [UInt8],
    fault: String?
  ) -> Int {
    let entry = Entry(
      number: next, method: method, path: path, query: query, headers: headers, body: body, receivedAt: Date(),
      fault: fault)
    next += 1
    entries[provider, default: []].append(entry)
    if entries[provider, default: []].count > capacity { entries[provider]?.removeFirst() }
    return entry.number
  }

  func answered(_ provider: Provider, number: Int, status: Int) {
    guard let index = entries[provider]?.lastIndex(where: { $0.number == number }) else { return }
    entries[provider]?[index].status = status
  }

  func all(_ provider: Provider) -> [JSON] { entries[provider, default: []].map(\.json) }
  func forget(_ provider: Provider) { entries[provider] = nil }
}
