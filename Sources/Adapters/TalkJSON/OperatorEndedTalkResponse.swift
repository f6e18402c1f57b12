import Application
import Domain

public struct OperatorEndedTalkResponse: Encodable {
  let id: String
  let ended: EndedTalkResponse

  public init(_ session: SessionID, _ ended: EndedTalk) {
    id = session.text
    self.ended = EndedTalkResponse(ended)
  }

  enum CodingKeys: String, CodingKey { case id }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try ended.encode(to: encoder)
  }
}
