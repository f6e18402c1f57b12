import Domain
import FoundationEssentials

/// An event in transit: the CloudEvents 1.0 attributes and the data as JSON.
public struct EventEnvelope: Sendable, Equatable {
  public let id: EventID
  /// The source, such as `/talktime/billing`.
  public let source: String
  public let type: String
  public let subject: String
  /// Nil if the event was created inside the store, which has no calendar time.
  public let time: Date?
  /// A JSON object.
  public let data: String

  public init(id: EventID, source: String, type: String, subject: String, time: Date?, data: String) {
    self.id = id
    self.source = source
    self.type = type
    self.subject = subject
    self.time = time
    self.data = data
  }

  /// The data of an event, as an envelope carries it.
  public static func data(of event: some DomainEvent) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(event), as: UTF8.self)
  }

  /// The event itself, if it has this type.
  /// - Throws: if the type matches and the data does not.
  public func event<Event: DomainEvent>(_ type: Event.Type = Event.self) throws(UndecodableEvent) -> Event? {
    guard self.type == Event.type else { return nil }
    do {
      return try JSONDecoder().decode(Event.self, from: Data(data.utf8))
    } catch {
      throw UndecodableEvent(type: self.type, reason: "\(error)")
    }
  }
}

extension EventEnvelope {
  /// The structured JSON form (CloudEvents 1.0, JSON event format).
  public var json: String {
    let when =
      time.map { ",\"time\":\"\($0.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))\"" } ?? ""
    return """
      {"specversion":"1.0","id":\(quoted(id.text)),"source":\(quoted(source)),"type":\(quoted(type)),\
      "subject":\(quoted(subject))\(when),"datacontenttype":"application/json","data":\(data)}
      """
  }

  /// Reads any JSON text of an event, however it is spaced, and in whatever order its attributes are. It passes over
  /// unknown attributes.
  /// - Returns: nil for a text that is not an event of version 1.0 with an object as its data.
  public init?(json: String) {
    guard let head = try? JSONDecoder().decode(Attributes.self, from: Data(json.utf8)), head.specversion == "1.0",
      let id = EventID(head.id), let data = JSONObjectText.object("data", of: json)
    else { return nil }
    self.init(
      id: id, source: head.source, type: head.type, subject: head.subject ?? "",
      time: head.time.flatMap { try? Date($0, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) },
      data: data)
  }

  private struct Attributes: Decodable {
    let specversion: String
    let id: String
    let source: String
    let type: String
    let subject: String?
    let time: String?
  }

  private func quoted(_ text: String) -> String {
    (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}
