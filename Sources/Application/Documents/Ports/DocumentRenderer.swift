import Domain

public protocol DocumentRenderer: Sendable {
  /// Renders a whole page that prints on A4 and loads nothing from elsewhere.
  /// - Throws: an error if a template is broken.
  func page(_ document: TaxDocument) throws -> String
}
