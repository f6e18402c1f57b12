import Application
import Domain
import FoundationEssentials
import Testing

@Suite("The envelope of an event")
struct EventEnvelopeTests {
  private func envelope(
    subject: String = "s", time: Date? = Date(timeIntervalSince1970: 1_800_000_000.125), data: String = #"{"a":1}"#
  ) throws -> EventEnvelope {
    EventEnvelope(
      id: try #require(EventID("e1")), source: "/talktime/task", type: "payment.failed", subject: subject, time: time,
      data: data)
  }

  @Test(
    "an envelope with any content survives its JSON",
    arguments: ["", "plain", "é ü 日本", #"quoted " and \ back"#, #"","data":{"forged":true},"x":""#, "line\nbreak\u{1}"])
  func roundTrip(text: String) throws {
    let data = String(decoding: try JSONEncoder().encode(["text": text, "data": text]), as: UTF8.self)
    for time in [nil, Date(timeIntervalSince1970: 1_800_000_000.125)] {
      let sent = try envelope(subject: text, time: time, data: data)
      let received = try #require(EventEnvelope(json: sent.json))
      #expect(received == sent)
      // A received event is passed on unchanged, as for a dead letter and its replay.
      #expect(received.json == sent.json)
    }
  }

  @Test("an envelope is a CloudEvent 1.0 in the structured JSON form")
  func cloudEvent() throws {
    let json = try envelope().json
    #expect(
      json
        == #"{"specversion":"1.0","id":"e1","source":"\/talktime\/task","type":"payment.failed","subject":"s","#
        + #""time":"2027-01-15T08:00:00.125Z","datacontenttype":"application/json","data":{"a":1}}"#)
    #expect(!(try envelope(time: nil).json.contains("\"time\"")))
  }

  @Test(
    "text that is no envelope is refused",
    arguments: [
      "", "{", "[]", "null", #""text""#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","subject":"s"}"#,
      #"{"specversion":"0.3","id":"e1","source":"s","type":"t","subject":"s","data":{}}"#,
      #"{"specversion":"1.0","id":"","source":"s","type":"t","subject":"s","data":{}}"#,
      #"{"specversion":"1.0","id":"e 1","source":"s","type":"t","subject":"s","data":{}}"#,
      #"{"specversion":"1.0","source":"s","type":"t","subject":"s","data":{}}"#,
      #"{"specversion":"1.0","id":"e1","type":"t","subject":"s","data":{}}"#,
      #"{"specversion":"1.0","id":"e1","source":"s","subject":"s","data":{}}"#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","subject":"s","data":1}"#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","subject":"s","data":[{}]}"#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","subject":"s","data":{"a":}}"#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","subject":"s","data":{}"#,
      #"{"specversion":"1.0","data":{"a":1},"id":"e1","source":"s","type":"t","subject":{"b":2}}"#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","data":{"a":1},"data":{"b":2}}"#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","data":1,"data":{"b":2}}"#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","extra":{"data":{"b":2}}}"#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","extra":"data","x":{"b":2}}"#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","subject":"data","x":[{"data":{}}]}"#,
      #"[{"specversion":"1.0","id":"e1","source":"s","type":"t","subject":"s","data":{}}]"#,
      #"{"specversion":"1.0","id":"e1","source":"s","type":"t","subject":"s","data":{}}}"#,
    ])
  func malformed(json: String) { #expect(EventEnvelope(json: json) == nil) }

  @Test(
    "an envelope is read however it is spaced, and what stands around the data is no part of it",
    arguments: [
      (#"{"specversion":"1.0","id":"e1","source":"s","type":"t","data": {"a":1}}"#, #"{"a":1}"#),
      (
        "\n{ \"specversion\" : \"1.0\",\r\n\t\"id\": \"e1\", \"source\": \"s\", \"type\": \"t\",\n"
          + "\"data\"\t:\n{ \"a\" : 1 } } \n",
        #"{ "a" : 1 }"#
      ),
      (#"{"data" : {"a":{"data":{}}},"specversion":"1.0","id":"e1","source":"s","type":"t"}"#, #"{"a":{"data":{}}}"#),
      // An attribute that is unknown here does not become part of the data.
      (#"{"specversion":"1.0","id":"e1","source":"s","type":"t","data":{"a":1},"extra":{"b":2}}"#, #"{"a":1}"#),
      (
        #"{"specversion":"1.0","id":"e1","source":"s","type":"t","x":{"data":{"b":2}},"data":{"a":["}]{","\\"]}}"#,
        #"{"a":["}]{","\\"]}"#
      ),
      (
        #"{"specversion":"1.0","id":"e1","source":"s","type":"t","x":"\"data\":{","data":{"a":"\"}"}}"#,
        #"{"a":"\"}"}"#
      ),
    ])
  func spaced(json: String, data: String) throws {
    let read = try #require(EventEnvelope(json: json))
    #expect(read.id.text == "e1" && read.type == "t" && read.data == data)
    // It is passed on with the same data.
    #expect(EventEnvelope(json: read.json) == read)
  }

  @Test("an event without a subject or with an unreadable time is still read")
  func lenient() throws {
    let read = try #require(
      EventEnvelope(json: #"{"specversion":"1.0","id":"e1","source":"s","type":"t","time":"soon","data":{}}"#))
    #expect(read.subject == "" && read.time == nil && read.data == "{}")
  }

  @Test("an envelope gives the event of its own type, none for another type, and an error for data of another shape")
  func event() throws {
    let failed = PaymentFailed(userID: UserID(UUID()), orderID: "1", paymentID: "a/b")
    let told = try envelope(data: EventEnvelope.data(of: failed))
    #expect(try told.event(PaymentFailed.self) == failed)
    #expect(try told.event(PaymentCaptured.self) == nil)
    let broken = try envelope(data: #"{"order_id":1}"#)
    let error = #expect(throws: UndecodableEvent.self) { try broken.event(PaymentFailed.self) }
    #expect(error?.type == PaymentFailed.type)
  }
}
