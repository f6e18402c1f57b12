struct ReasonRequest: Decodable { let reason: String }

/// The body of a talk's end. An owner sends none; an operator gives a reason.
struct EndTalkRequest: Decodable {
  /// Why an operator ends the talk of another user.
  let reason: String?
  /// The party that left, if it was not the talk's owner.
  let cause: String?
}
