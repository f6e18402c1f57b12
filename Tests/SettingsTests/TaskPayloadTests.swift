import Foundation
import Testing

@Suite("The payloads of tasks, as the sources declare them")
struct TaskPayloadTests {
  /// Types of which no value is a text of a person or of a provider.
  private static let kinds: Set<String> = [
    "SessionID", "DocumentNumber", "Int", "Int64", "Bool", "TalkTime", "Paise", "Currency", "PasskeyChange",
    "WaysInRemovalCause",
  ]

  /// What else there is. A row of `tasks` stays for weeks after its end, so that another text needs a reason.
  private static let exceptions: Set<String> = [
    // Names of cases.
    "TaskActionPayload.action", "TaskActionPayload.type", "TaskActionPayload.state", "TaskActionPayload.errorCode",
    // The sign-in that a mail tells of.
    "NewDeviceMailPayload.network", "NewDeviceMailPayload.userAgent",
  ]

  @Test("they have identifiers, numbers and names of cases; every other text is named here")
  func texts() throws {
    var (payloads, others) = (0, Set<String>())
    for text in try SourceScan.texts("Sources/Application", ending: ".swift") {
      for part in text.components(separatedBy: "\npublic struct ").dropFirst() {
        guard let payload = try SourceScan.names(#"^(\w+): TaskPayload\b"#, in: [part]).first else { continue }
        payloads += 1
        let body = part.components(separatedBy: "\n}")[0]
        let properties = try SourceScan.names(#"\n  (?:public |private )?(?:let|var) ([^\n{=]+)(?=\n)"#, in: [body])
        #expect(!properties.isEmpty, "\(payload)")
        for property in properties {
          let sides = property.components(separatedBy: ": ")
          let type = (sides.last ?? "").replacingOccurrences(of: "?", with: "")
          for name in sides[0].components(separatedBy: ", ") where !Self.kinds.contains(type) {
            if type != "String" || !name.hasSuffix("ID") { others.insert("\(payload).\(name)") }
          }
        }
      }
    }
    #expect(payloads >= 16)
    #expect(others == Self.exceptions)
  }
}
