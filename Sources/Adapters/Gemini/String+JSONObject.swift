extension String {
  /// The first complete JSON object in the text, without what stands before and behind it: a fence of Markdown, or
  /// words such as "Here is the plan:". Nil if there is none.
  var firstJSONObject: String? {
    guard let start = utf8.firstIndex(of: UInt8(ascii: "{")) else { return nil }
    var (depth, isText, isEscaped) = (0, false, false)
    for place in utf8[start...].indices {
      let byte = utf8[place]
      if isEscaped {
        isEscaped = false
      } else if isText {
        isEscaped = byte == UInt8(ascii: "\\")
        isText = byte != UInt8(ascii: "\"")
      } else {
        switch byte {
        case UInt8(ascii: "\""): isText = true
        case UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "}"):
          depth -= 1
          if depth == 0 { return String(Substring(utf8[start...place])) }
        default: break
        }
      }
    }
    return nil
  }
}
