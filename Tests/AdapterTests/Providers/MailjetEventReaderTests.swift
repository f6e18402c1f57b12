import Domain
import MailjetAdapter
import Testing

@Suite("Reports of Mailjet")
struct MailjetEventReaderTests {
  private func causes(_ body: String) -> [UndeliverableCause?] {
    MailjetEventReader.events(Array(body.utf8)).map(\.undeliverable)
  }

  @Test("one object and a list are read, and an item that cannot be read spoils no other")
  func forms() throws {
    let bounce = #"{"event":"bounce","email":"Asha@Example.com","hard_bounce":true,"time":1790000000}"#
    let events = MailjetEventReader.events(Array(bounce.utf8))
    #expect(events.map(\.address) == [try #require(EmailAddress("asha@example.com"))])
    #expect(causes(bounce) == [.hardBounce])
    #expect(causes("[\(bounce),\(bounce),\(bounce)]").count == 3)
    #expect(causes("[]").isEmpty)
    #expect(causes("[\(bounce),7,\(bounce)]") == [.hardBounce, .hardBounce])
    #expect(causes(#"[{"event":"spam"},{"event":"spam","email":"no address"},\#(bounce)]"#) == [.hardBounce])
    for body in ["", "7", "null", #""text""#, "{", #"{"event":"bounce"}"#] { #expect(causes(body).isEmpty) }
  }

  @Test(
    "only a hard bounce, a block of the address itself and spam make an address undeliverable",
    arguments: [
      (#""event":"bounce","hard_bounce":true"#, .hardBounce),
      (#""event":"bounce","hard_bounce":"true","time":"1790000000""#, .hardBounce),
      (#""event":"bounce","hard_bounce":1"#, .hardBounce),
      (#""event":"bounce","hard_bounce":false"#, nil),
      (#""event":"bounce","hard_bounce":"false""#, nil),
      (#""event":"bounce""#, nil),
      (#""event":"blocked","error_related_to":"recipient","error":"user unknown""#, .blocked),
      (#""event":"blocked","error_related_to":"recipient","error":"mailbox inactive""#, .blocked),
      (#""event":"blocked","error_related_to":"mailjet","error":"preblocked""#, .blocked),
      (#""event":"blocked","error_related_to":"recipient","error":"quota exceeded""#, nil),
      (#""event":"blocked","error_related_to":"content","error":"content blocked""#, nil),
      (#""event":"blocked","error_related_to":"system","error":"system issue""#, nil),
      (#""event":"blocked","error_related_to":7"#, nil),
      (#""event":"spam","source":"JMRPP""#, .spam),
      (#""event":"unsub","mj_list_id":1"#, nil), (#""event":"sent""#, nil), (#""event":"new kind""#, nil),
      (#""event":7"#, nil),
    ] as [(String, UndeliverableCause?)])
  func kinds(members: String, cause: UndeliverableCause?) {
    #expect(causes(#"{"email":"asha@example.com","CustomID":"c","MessageID":1,\#(members)}"#) == [cause])
  }
}
