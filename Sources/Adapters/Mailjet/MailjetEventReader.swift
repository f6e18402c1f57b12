import Application
import Domain
import FoundationEssentials
import HTTPTransport

/// Reads the reports of Mailjet's event webhook: one object, or a list of them if Mailjet groups events. An item that
/// cannot be read is left out, because Mailjet repeats a whole report that is refused.
public enum MailjetEventReader {
  public static func events(_ body: [UInt8]) -> [MailDeliveryEvent] {
    let data = Data(body)
    if let items = try? JSONDecoder().decode([LenientlyDecoded<Item>].self, from: data) {
      return items.compactMap { $0.value?.event }
    }
    return (try? JSONDecoder().decode(Item.self, from: data))?.event.map { [$0] } ?? []
  }

  private struct Item: Decodable {
    let event: MailDeliveryEvent?

    private enum CodingKeys: String, CodingKey {
      case event, email, error
      case hardBounce = "hard_bounce"
      case errorRelatedTo = "error_related_to"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      func text(_ key: CodingKeys) -> String { (try? container.decode(String.self, forKey: key))?.lowercased() ?? "" }
      guard let address = EmailAddress(text(.email)) else {
        event = nil
        return
      }
      let kind: MailDeliveryEvent.Kind =
        switch text(.event) {
        case "bounce": .bounce(isHard: container.isTrue(.hardBounce))
        case "blocked":
          .blocked(
            concernsAddress: MailjetEventReader.concernsAddress(text(.error), relatedTo: text(.errorRelatedTo)))
        case "spam": .spam
        default: .other
        }
      event = MailDeliveryEvent(address: address, kind: kind)
    }
  }

  /// Of Mailjet's errors (guide "Event API", section "Possible values for errors"), those that concern the address
  /// itself. A full mailbox is not one of them.
  private static func concernsAddress(_ error: String, relatedTo: String) -> Bool {
    switch relatedTo {
    case "recipient": ["user unknown", "mailbox inactive", "blacklisted", "spam reporter"].contains(error)
    case "mailjet": error == "preblocked"
    default: false
    }
  }
}

extension KeyedDecodingContainer {
  /// A boolean that some of Mailjet's reports contain as text or as a number.
  fileprivate func isTrue(_ key: Key) -> Bool {
    if let flag = try? decode(Bool.self, forKey: key) { return flag }
    if let text = try? decode(String.self, forKey: key) { return ["true", "1"].contains(text.lowercased()) }
    return (try? decode(Int.self, forKey: key)) == 1
  }
}
