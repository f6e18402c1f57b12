extension TaxDocument {
  /// From this amount on a document names its buyer in every case (CGST Rules 2017, rule 46(e) and (f)): 50,000 rupees.
  public static let alwaysNamed = Paise(5_000_000)

  /// Whether the document has to go on naming its buyer after the account was deleted: one that is made out to a
  /// registration, since the buyer's tax credit depends on it (rule 46(d)), and one of a large amount. Documents are
  /// kept for 72 months after the annual return of their year (CGST Act 2017, s. 36). An e-mail address is never
  /// required.
  public var mustNameBuyer: Bool { buyer.gstin != nil || amount >= Self.alwaysNamed }
}
