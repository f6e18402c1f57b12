extension TaxDocument {
  /// The amount that a credit note of this receipt takes back for a refund: the whole amount, or what is left of the
  /// receipt if the rest is the customer's fee. Nil if neither fits: the credit note waits until an earlier one is
  /// reversed.
  /// - Parameters:
  ///   - fee: what the customer paid beside the price, which no receipt covers.
  ///   - standing: the receipt's credit notes that are not reversed.
  public func creditable(_ refund: Paise, fee: Paise, standing: [TaxDocument]) -> Paise? {
    let left = standing.reduce(amount) { $0 - $1.amount }
    if refund <= left { return refund }
    return left > .zero && refund - left <= fee ? left : nil
  }
}
