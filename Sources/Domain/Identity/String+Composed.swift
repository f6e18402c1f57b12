import Foundation

extension String {
  /// The text in Normalization Form C (Unicode Standard Annex 15).
  var composed: String { precomposedStringWithCanonicalMapping }
}
