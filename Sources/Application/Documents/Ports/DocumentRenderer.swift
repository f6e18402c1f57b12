import Domain

public protocol DocumentRenderer: Sendable {
  /// A whole page that prints on A4 and needs nothing from elsewhere.
  /// - Throws: where a template is broken.
  func page(_ document: TaxDocument) throws -> String
}
