import FoundationEssentials

extension UUID {
  /// The canonical text form in lower case (RFC 9562, section 4), as Postgres prints it. It is built in one allocation
  /// because it is needed for every beat.
  var canonical: String {
    withUnsafeBytes(of: uuid) { bytes in
      String(unsafeUninitializedCapacity: 36) { text in
        var place = 0
        for (index, byte) in bytes.enumerated() {
          if index == 4 || index == 6 || index == 8 || index == 10 {
            text[place] = 0x2D
            place += 1
          }
          text[place] = UUID.digit(byte >> 4)
          text[place + 1] = UUID.digit(byte & 0x0F)
          place += 2
        }
        return 36
      }
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
