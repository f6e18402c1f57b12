/// A schema of Gemini's structured output: the part of OpenAPI's schemas that is used.
struct ResponseSchema: Encodable {
  let type: String
  var description: String?
  var properties: [String: ResponseSchema]?
  var required: [String]?
  /// The order in which the model writes the members.
  var propertyOrdering: [String]?
  var maxItems: String?
  private var elements: [ResponseSchema] = []

  enum CodingKeys: String, CodingKey { case type, description, properties, items, required, propertyOrdering, maxItems }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encodeIfPresent(description, forKey: .description)
    try container.encodeIfPresent(properties, forKey: .properties)
    try container.encodeIfPresent(elements.first, forKey: .items)
    try container.encodeIfPresent(required, forKey: .required)
    try container.encodeIfPresent(propertyOrdering, forKey: .propertyOrdering)
    try container.encodeIfPresent(maxItems, forKey: .maxItems)
  }

  static func text(_ description: String) -> ResponseSchema {
    ResponseSchema(type: "STRING", description: description)
  }

  /// - Parameter most: the largest number of entries.
  static func list(_ element: ResponseSchema, most: Int) -> ResponseSchema {
    // An int64 is a text in Google's JSON.
    ResponseSchema(type: "ARRAY", maxItems: "\(most)", elements: [element])
  }

  /// - Parameter optional: the members that may be missing.
  static func object(
    _ members: KeyValuePairs<String, ResponseSchema>, optional: Set<String> = []
  ) -> ResponseSchema {
    ResponseSchema(
      type: "OBJECT", properties: Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first },
      required: members.map(\.key).filter { !optional.contains($0) }, propertyOrdering: members.map(\.key))
  }
}
