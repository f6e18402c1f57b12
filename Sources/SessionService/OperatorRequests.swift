struct ReasonRequest: Decodable { let reason: String }

/// Of an end by its owner there is no body; an operator gives a reason.
struct EndTalkRequest: Decodable {
  /// Why an operator ends somebody's talk.
  let reason: String?
  /// Who left, where it was not the talk's owner.
  let cause: String?
}
