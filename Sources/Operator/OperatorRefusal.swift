/// Why the command did nothing, as a sentence.
struct OperatorRefusal: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
